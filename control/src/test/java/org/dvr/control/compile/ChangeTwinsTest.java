package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.function.Predicate;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.control.Documents;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.Topology;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three of one host, in a cloud that changes at random while flows go on: one remembers verdicts, one decides each packet, one decides each packet by snapshots
 * that were compiled as a whole. All bytes that leave are the same.
 */
class ChangeTwinsTest {
    private static final int STEPS = 150;
    private static final int FLOWS = 120;
    private static final int FRAMES = 150;
    private static final int ETHERNET = 14;
    private static final int PLAIN = ETHERNET + 20 + 8 + 10;
    private static final int OUTER = ETHERNET + 20 + 8 + 8;
    private static final long MILLISECOND = 1_000_000L;
    private static final String UPSTREAM_MAC = "52:54:00:00:00:01";

    @TempDir
    Path directory;

    /** A frame that comes again and again. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Flow(String attachment, byte[] frame) {}

    private static final class Machine {
        private final TopologyCell cell;
        private final Worker worker;
        private final Map<String, Device> devices = new HashMap<>();
        private final List<String> sent = new ArrayList<>();

        private Machine(final TopologySnapshot first, final int flowCapacity) {
            cell = new TopologyCell(first);
            final WorkerConfig config = WorkerConfig.REPLAY;
            worker = new Worker(
                    new WorkerConfig(
                            512,
                            2_048,
                            64,
                            /* announcesAtStart= */ false,
                            config.pipeline().withConnectionCapacity(1_024).withFlowCapacity(flowCapacity)),
                    cell);
            plug(first);
        }

        private void plug(final TopologySnapshot snapshot) {
            for (final Attachment attachment : snapshot.attachments()) {
                worker.port(attachment.id(), devices.computeIfAbsent(attachment.name(), Device::new));
            }
        }

        private void take(final TopologySnapshot snapshot, final long nowNs) {
            sent.clear();
            cell.publish(snapshot);
            plug(snapshot);
            worker.timers(nowNs);
        }

        private void send(final Flow flow, final long nowNs) {
            sent.clear();
            devices.get(flow.attachment).waiting.add(flow.frame);
            worker.doWork(nowNs);
            assertEquals(0, worker.counters().imbalance(worker.held()));
        }

        private final class Device implements PacketPort {
            private final String name;
            private final Queue<byte[]> waiting = new ArrayDeque<>();

            private Device(final String name) {
                this.name = name;
            }

            @Override
            public int receive(
                    final MutableDirectBuffer destination,
                    final int offset,
                    final int capacity,
                    final Offload offload) {
                final byte[] frame = waiting.poll();
                if (frame == null) {
                    return NOTHING;
                }
                destination.putBytes(offset, frame);
                return frame.length;
            }

            @Override
            public boolean transmit(
                    final DirectBuffer buffer,
                    final int offset,
                    final int length,
                    final Offload offload,
                    final long nowNs) {
                final byte[] copy = new byte[length];
                buffer.getBytes(offset, copy);
                sent.add(name + " " + HexFormat.of().formatHex(copy));
                return true;
            }
        }
    }

    private Topology start() {
        return new Documents(directory)
                .add("t.yaml", Documents.cast("more"))
                .load()
                .topology();
    }

    @Test
    void shouldSendTheSameWhateverIsRemembered() {
        for (final String host : List.of("compute1", "network1", "legacy1")) {
            long frames = 0;
            long left = 0;
            long hits = 0;
            for (long seed = 77; seed < 79; seed++) {
                final Run run = new Run(host, new Random(seed), "host " + host + ", seed " + seed);
                run.go();
                frames += STEPS * FRAMES;
                left += run.left;
                hits += run.remembering.worker.flows().hits();
            }
            assertTrue(left > frames / 4, "left " + left + " of " + frames);
            // Something changes with every 150 frames, and what concerns everything ends all verdicts.
            assertTrue(hits > left / 3, "hits " + hits + " of " + left);
        }
    }

    private final class Run {
        private final String host;
        private final Random random;
        private final String name;
        private final RandomCloud cloud;
        private final TopologyCompiler byChanges;
        private final StableIds ids = new StableIds();
        private final Machine remembering;
        private final List<Machine> others;
        private final List<Flow> flows = new ArrayList<>();
        private TopologySnapshot snapshot;
        private long nowNs = 1_000_000 * MILLISECOND;
        private long left;

        private Run(final String host, final Random random, final String name) {
            this.host = host;
            this.random = random;
            this.name = name;
            cloud = new RandomCloud(start(), random, 10);
            byChanges = new TopologyCompiler(host, new StableIds(), MetadataProxy.DEFAULT);
            snapshot = byChanges.compile(cloud.topology()).snapshot();
            remembering = new Machine(snapshot, 1_024);
            others = List.of(new Machine(snapshot, 0), new Machine(whole(), 0));
        }

        private TopologySnapshot whole() {
            return new TopologyCompiler(host, ids, MetadataProxy.DEFAULT)
                    .compile(cloud.topology())
                    .snapshot();
        }

        private void go() {
            for (int step = 0; step < STEPS; step++) {
                final String changed = cloud.step();
                final String told = name + ", step " + step + ": " + changed;
                snapshot = byChanges.compile(cloud.topology()).snapshot();
                remembering.take(snapshot, nowNs);
                others.get(0).take(snapshot, nowNs);
                others.get(1).take(whole(), nowNs);
                compare(told);
                for (int i = 0; i < FRAMES; i++) {
                    send(told);
                }
            }
        }

        private void send(final String told) {
            if (flows.size() < FLOWS || random.nextInt(30) == 0) {
                final Flow flow = flow();
                if (flow != null) {
                    flows.add(flow);
                }
            }
            if (flows.size() > FLOWS) {
                flows.remove(random.nextInt(flows.size()));
            }
            if (flows.isEmpty()) {
                return;
            }
            final Flow flow = flows.get(random.nextInt(flows.size()));
            if (snapshot.attachments().stream().noneMatch(one -> one.name().equals(flow.attachment))) {
                flows.remove(flow);
                return;
            }
            nowNs += random.nextInt(40) == 0 ? 3_000 * MILLISECOND : MILLISECOND;
            remembering.send(flow, nowNs);
            others.forEach(other -> other.send(flow, nowNs));
            compare(told);
            if (!remembering.sent.isEmpty()) {
                left++;
            } else if (random.nextInt(4) == 0) {
                flows.remove(flow); // one that goes nowhere tells little
            }
        }

        private void compare(final String told) {
            for (final Machine other : others) {
                assertEquals(String.join("\n", other.sent), String.join("\n", remembering.sent), told);
            }
        }

        private <T> T any(final List<T> all) {
            return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        }

        private Port anyPort(final Predicate<Port> isWanted) {
            return any(cloud.topology().ports().values().stream()
                    .filter(port -> FixedIp.firstV4(port.fixedIps()) != null)
                    .filter(isWanted)
                    .toList());
        }

        private Port guest(final Predicate<Port> isWanted) {
            return anyPort(isWanted.and(port -> port.owner().isServiced()));
        }

        private static String ip(final Port port) {
            return FixedIp.firstV4(port.fixedIps()).address().toString();
        }

        private static String mac(final Port port) {
            return MacAddress.toString(port.mac());
        }

        /** Of a router in a port's network, or of its csnat port. */
        private Port gateway(final Port guest) {
            return anyPort(port -> port.owner().isOfRouter()
                    && !port.id().equals("port-qg")
                    && port.networkId().equals(guest.networkId()));
        }

        private String outside() {
            return "198.51.100." + (1 + random.nextInt(3));
        }

        private String floatingIp() {
            final FloatingIpSpec spec =
                    any(List.copyOf(cloud.topology().floatingIps().values()));
            return spec == null ? outside() : spec.address().toString();
        }

        private int client() {
            return 4_000 + random.nextInt(3);
        }

        private Flow flow() {
            return switch (random.nextInt(6)) {
                case 0, 1 -> fromGuest();
                case 2, 3 -> fromOutside();
                default -> fromTunnel();
            };
        }

        private String destinationOf(final Port guest, final Port other) {
            return switch (random.nextInt(4)) {
                case 0 -> outside();
                case 1 -> floatingIp();
                default -> ip(other == null ? guest : other);
            };
        }

        private Flow fromGuest() {
            final Port guest = guest(port -> port.host().equals(host));
            if (guest == null) {
                return null;
            }
            final Port other = guest(port -> true);
            final Port gateway = gateway(guest);
            final boolean isBridged = gateway == null || random.nextInt(4) == 0;
            final String to = isBridged ? mac(other) : mac(gateway);
            final boolean isAnswer = random.nextInt(3) == 0;
            return new Flow(
                    guest.deviceName(),
                    udp(
                            mac(guest),
                            to,
                            ip(guest),
                            destinationOf(guest, other),
                            isAnswer ? 80 : client(),
                            isAnswer ? client() : 53));
        }

        private Flow fromOutside() {
            final ExternalPort port = any(snapshot.externalPorts());
            if (port == null) {
                return null;
            }
            final FloatingIp at = any(port.sortedFloatingIps());
            final boolean isAnswer = random.nextBoolean();
            return new Flow(
                    "provider",
                    udp(
                            UPSTREAM_MAC,
                            MacAddress.toString(port.mac()),
                            outside(),
                            at == null ? floatingIp() : Ipv4Address.toString(at.floatingIp()),
                            isAnswer ? 53 : client(),
                            isAnswer ? client() : 80));
        }

        private Flow fromTunnel() {
            final Host self = cloud.topology().hosts().get(host);
            final Port guest = guest(port -> !port.host().equals(host)
                    && cloud.topology().hosts().containsKey(port.host())
                    && cloud.topology().hosts().get(port.host()).hasTunnels());
            if (guest == null || !self.hasTunnels()) {
                return null;
            }
            final Port local = guest(port -> port.host().equals(host));
            final Port target = local == null || random.nextInt(3) == 0 ? gateway(guest) : local;
            if (target == null) {
                return null;
            }
            final Network network = cloud.topology().networks().get(target.networkId());
            if (network.kind() != NetworkKind.VXLAN) {
                return null;
            }
            final Host from = cloud.topology().hosts().get(guest.host());
            final boolean isRouted = random.nextInt(3) != 0;
            final byte[] inner = udp(
                    isRouted ? MacAddress.toString(cloud.topology().dvrMac(from.name())) : mac(guest),
                    mac(target),
                    ip(guest),
                    destinationOf(guest, target),
                    client(),
                    53);
            return new Flow("underlay", tunneled(from, self, (int) network.segmentationId(), inner));
        }
    }

    private static byte[] udp(
            final String source,
            final String destination,
            final String from,
            final String to,
            final int sourcePort,
            final int destinationPort) {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[PLAIN]);
        write(frame, PLAIN, source, destination, from, to, sourcePort, destinationPort);
        return frame.byteArray();
    }

    /** Without UDP checksum. */
    private static void write(
            final UnsafeBuffer frame,
            final int length,
            final String source,
            final String destination,
            final String from,
            final String to,
            final int sourcePort,
            final int destinationPort) {
        new EthernetHeader()
                .wrap(frame, 0)
                .source(MacAddress.parse(source))
                .destination(MacAddress.parse(destination))
                .etherType(EtherType.IPV4);
        new Ipv4Header()
                .wrap(frame, ETHERNET)
                .version(4)
                .headerLength(Ipv4Header.MIN_LENGTH)
                .totalLength(length - ETHERNET)
                .ttl(64)
                .protocol(IpProtocol.UDP)
                .source(Ipv4Address.parse(from))
                .destination(Ipv4Address.parse(to))
                .updateChecksum();
        new UdpHeader()
                .wrap(frame, ETHERNET + Ipv4Header.MIN_LENGTH)
                .sourcePort(sourcePort)
                .destinationPort(destinationPort)
                .length(length - ETHERNET - Ipv4Header.MIN_LENGTH);
    }

    private static byte[] tunneled(final Host from, final Host to, final int vni, final byte[] inner) {
        final int length = OUTER + inner.length;
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        write(
                frame,
                length,
                MacAddress.toString(from.ownUnderlayMac()),
                MacAddress.toString(to.ownUnderlayMac()),
                from.tunnelIp().toString(),
                to.tunnelIp().toString(),
                50_000,
                VxlanHeader.PORT);
        new VxlanHeader().wrap(frame, OUTER - VxlanHeader.LENGTH).write(vni);
        frame.putBytes(OUTER, inner);
        return frame.byteArray();
    }
}
