package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is compiled for the network host forwards: dvr.md §9.10 through a worker, before and after the router is converted. */
@SuppressWarnings("StringConcatToTextBlock") // pieces of documents
class CentralWalkTest {
    private static final String CAST = Documents.cast("vxlan");
    private static final String LEGACY = CAST.replace("distributed: true", "distributed: false")
            .replace("network:router_interface_distributed", "network:router_interface")
            .replaceAll("(?s)  - id: port-sa\n.*?(  # qg)", "$1");
    private static final int IP = EthernetHeader.LENGTH;
    private static final int UDP = IP + Ipv4Header.MIN_LENGTH;
    private static final int PLAIN = UDP + UdpHeader.LENGTH + 22;
    private static final int OUTER = UDP + UdpHeader.LENGTH + VxlanHeader.LENGTH;

    private static final String MA3 = "fa:16:3e:0a:00:13";
    private static final String SA = "fa:16:3e:0a:00:02";
    private static final String GA = "fa:16:3e:0a:00:01";
    private static final String Q = "fa:16:3e:0e:00:30";
    private static final String U = "52:54:00:00:00:01";
    private static final String D1 = "fa:16:3f:00:00:01";
    private static final String X = "8.8.8.8";
    private static final String A3 = "10.0.1.13";
    private static final String QG = "203.0.113.30";

    @TempDir
    Path directory;

    /** A frame that left, with what is read of it: of the inner one where it left in a tunnel. */
    private record Sent(String attachment, UnsafeBuffer frame, int at) {
        private String macs() {
            final EthernetHeader ethernet = new EthernetHeader().wrap(frame, at);
            return MacAddress.toString(ethernet.source()) + " " + MacAddress.toString(ethernet.destination());
        }

        private Ipv4Header ip() {
            assertEquals(DecodeFault.NONE, Ipv4Header.check(frame, at + IP, frame.capacity() - at - IP));
            return new Ipv4Header().wrap(frame, at + IP);
        }

        private String addresses() {
            return Ipv4Address.toString(ip().source()) + " " + Ipv4Address.toString(ip().destination());
        }

        private UdpHeader udp() {
            final int length = ip().totalLength() - Ipv4Header.MIN_LENGTH;
            final int pseudoHeader =
                    InternetChecksum.pseudoHeader(ip().source(), ip().destination(), IpProtocol.UDP, length);
            assertEquals(DecodeFault.NONE, UdpHeader.checkChecksum(frame, at + UDP, pseudoHeader));
            return new UdpHeader().wrap(frame, at + UDP);
        }
    }

    private final class Port implements PacketPort {
        private final Attachment attachment;
        private final Queue<UnsafeBuffer> waiting = new ArrayDeque<>();

        private Port(final Attachment attachment) {
            this.attachment = attachment;
        }

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            final UnsafeBuffer frame = waiting.poll();
            if (frame == null) {
                return NOTHING;
            }
            destination.putBytes(offset, frame, 0, Math.min(frame.capacity(), capacity));
            return frame.capacity();
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
            final int at = attachment.name().equals("underlay") ? OUTER : 0;
            sent.add(new Sent(attachment.name(), new UnsafeBuffer(copy), at));
            return true;
        }
    }

    private final List<Sent> sent = new ArrayList<>();
    private final StableIds ids = new StableIds();
    private final Map<String, Port> ports = new HashMap<>();
    private TopologyCell cell;
    private Worker worker;

    private void start(final String document) {
        final TopologySnapshot snapshot = snapshot(document);
        cell = new TopologyCell(snapshot);
        worker = new Worker(WorkerConfig.REPLAY, cell);
        for (final Attachment attachment : snapshot.attachments()) {
            final Port port = new Port(attachment);
            ports.put(attachment.name(), port);
            worker.port(attachment.id(), port);
        }
    }

    private TopologySnapshot snapshot(final String document) {
        final TopologyCompiler.Result result = Topologies.compile(
                new Documents(directory).add("t.yaml", document).load().topology(), "network1", ids);
        assertEquals(List.of(), result.findings().errors());
        return result.snapshot();
    }

    private Sent send(final String attachment, final UnsafeBuffer frame) {
        sent.clear();
        ports.get(attachment).waiting.add(frame);
        worker.doWork(1_000_000_000L);
        assertEquals(0, worker.counters().imbalance(worker.held()));
        assertEquals(1, sent.size(), sent.toString());
        return sent.get(0);
    }

    private static UnsafeBuffer udp(
            final String source,
            final String destination,
            final String from,
            final String to,
            final int sourcePort,
            final int destinationPort) {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[PLAIN]);
        write(frame, 0, PLAIN, source, destination, from, to);
        final int length = PLAIN - UDP;
        new UdpHeader()
                .wrap(frame, UDP)
                .sourcePort(sourcePort)
                .destinationPort(destinationPort)
                .length(length)
                .updateChecksum(InternetChecksum.pseudoHeader(
                        Ipv4Address.parse(from), Ipv4Address.parse(to), IpProtocol.UDP, length));
        return frame;
    }

    private static void write(
            final UnsafeBuffer frame,
            final int at,
            final int end,
            final String source,
            final String destination,
            final String from,
            final String to) {
        new EthernetHeader()
                .wrap(frame, at)
                .source(MacAddress.parse(source))
                .destination(MacAddress.parse(destination))
                .etherType(EtherType.IPV4);
        new Ipv4Header()
                .wrap(frame, at + IP)
                .version(4)
                .headerLength(Ipv4Header.MIN_LENGTH)
                .totalLength(end - at - IP)
                .ttl(64)
                .protocol(IpProtocol.UDP)
                .source(Ipv4Address.parse(from))
                .destination(Ipv4Address.parse(to))
                .updateChecksum();
    }

    /** From compute1 through the tunnel of network A. */
    private static UnsafeBuffer tunneled(final UnsafeBuffer inner) {
        final int length = OUTER + inner.capacity();
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        write(frame, 0, length, "02:00:00:00:00:01", "02:00:00:00:00:03", "172.16.0.1", "172.16.0.3");
        new UdpHeader()
                .wrap(frame, UDP)
                .sourcePort(50_000)
                .destinationPort(VxlanHeader.PORT)
                .length(length - UDP);
        new VxlanHeader().wrap(frame, UDP + UdpHeader.LENGTH).write(101);
        frame.putBytes(OUTER, inner, 0, inner.capacity());
        return frame;
    }

    private static void assertInTunnelToCompute1(final Sent one) {
        assertEquals("underlay", one.attachment());
        final Sent outer = new Sent(one.attachment(), one.frame(), 0);
        assertEquals("172.16.0.3 172.16.0.1", outer.addresses());
        final int vni = one.frame().getInt(OUTER - 4, ByteOrder.BIG_ENDIAN) >>> 8;
        assertEquals(101, vni);
    }

    @Test
    void shouldTakeGuestsWithoutFloatingIpOutsideAndBack() { // dvr.md §9.10
        start(CAST);
        final Sent out = send("underlay", tunneled(udp(D1, SA, A3, X, 4_000, 53)));
        assertEquals("provider", out.attachment());
        assertEquals(Q + " " + U, out.macs());
        assertEquals(QG + " " + X, out.addresses());
        assertEquals(63, out.ip().ttl());
        assertEquals(53, out.udp().destinationPort());
        final int port = out.udp().sourcePort();
        assertTrue(port >= 1_024, "port=" + port);

        final Sent back = send("provider", udp(U, Q, X, QG, 53, port));
        assertInTunnelToCompute1(back);
        assertEquals(SA + " " + MA3, back.macs());
        assertEquals(X + " " + A3, back.addresses());
        assertEquals(63, back.ip().ttl());
        assertEquals(4_000, back.udp().destinationPort());
    }

    @Test
    void shouldKeepFlowsOfARouterThatBecomesDistributed() {
        start(LEGACY);
        final Sent out = send("underlay", tunneled(udp(MA3, GA, A3, X, 4_000, 53)));
        assertEquals(Q + " " + U, out.macs());
        final int port = out.udp().sourcePort();
        assertEquals(
                GA + " " + MA3, send("provider", udp(U, Q, X, QG, 53, port)).macs());

        cell.publish(snapshot(CAST));

        final Sent back = send("provider", udp(U, Q, X, QG, 53, port));
        assertInTunnelToCompute1(back);
        assertEquals(SA + " " + MA3, back.macs());
        assertEquals(4_000, back.udp().destinationPort());
        assertEquals(
                port,
                send("underlay", tunneled(udp(D1, SA, A3, X, 4_000, 53))).udp().sourcePort());
        assertNotEquals(
                port,
                send("underlay", tunneled(udp(D1, SA, A3, X, 4_001, 53))).udp().sourcePort());
    }

    @Test
    void shouldRouteBetweenSubnetsOfALegacyRouter() { // dvr.md §9.14
        start(LEGACY);
        final Sent one = send("underlay", tunneled(udp(MA3, GA, A3, "10.0.2.12", 4_000, 53)));
        assertEquals("underlay", one.attachment());
        assertEquals("172.16.0.3 172.16.0.2", new Sent("underlay", one.frame(), 0).addresses());
        assertEquals("fa:16:3e:0b:00:01 fa:16:3e:0b:00:12", one.macs());
        assertEquals(A3 + " 10.0.2.12", one.addresses());
        assertEquals(63, one.ip().ttl());
    }
}
