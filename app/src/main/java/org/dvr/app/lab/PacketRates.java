package org.dvr.app.lab;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.PacketSender.Sent;
import org.dvr.dataplane.io.guard.IngressGuard;

/**
 * Packets per second that one core of a host forwards, interrupts and forwarder together. The sender has a core of its own, on which what has been
 * forwarded is also counted and thrown away:
 * <pre>
 *   core 1: sender -> veth | core 0: veth -> host under test -> veth | core 1: nobody
 * </pre>
 */
final class PacketRates {
    private static final long DRAIN_MS = 60;
    private static final int SEND_MS = 1_000;

    private PacketRates() {}

    /**
     * A way through one host.
     *
     * @param title  for people
     * @param host   under test
     * @param from   role of the namespace that sends
     * @param sender device there
     * @param in     the host's device that receives
     * @param out    the host's device that sends
     * @param to     role of the namespace that is sent to
     * @param sink   device there
     * @param frames that are sent
     * @param pinger guest that makes the way known before
     * @param pinged whom it asks
     */
    record Way(
            String title,
            Host host,
            String from,
            String sender,
            String in,
            String out,
            String to,
            String sink,
            List<UnsafeBuffer> frames,
            String pinger,
            String pinged) {}

    /** {@return the ways of the figures} */
    static List<Way> ways() {
        final Host compute = Cast.COMPUTE1;
        final Host network = Cast.NETWORK1;
        return List.of(
                new Way(
                        "UDP 64 bytes, floating IP, outbound",
                        compute,
                        Cast.A1.name(),
                        Lab.GUEST_DEVICE,
                        Cast.A1.tap(),
                        Lab.PROVIDER_DEVICE,
                        Lab.SWITCH,
                        Lab.providerPort(compute),
                        MeasuredFrames.fromGuest(Cast.A1, Cast.OUTSIDE_IP),
                        Cast.A1.name(),
                        Cast.OUTSIDE_IP),
                new Way(
                        "UDP 64 bytes, floating IP, inbound",
                        compute,
                        Lab.SWITCH,
                        Lab.providerPort(compute),
                        Lab.PROVIDER_DEVICE,
                        Cast.A1.tap(),
                        Cast.A1.name(),
                        Lab.GUEST_DEVICE,
                        MeasuredFrames.fromOutside(compute, Cast.A1.floating()),
                        Cast.A1.name(),
                        Cast.OUTSIDE_IP),
                new Way(
                        "UDP 64 bytes, east-west, VXLAN source side",
                        compute,
                        Cast.A1.name(),
                        Lab.GUEST_DEVICE,
                        Cast.A1.tap(),
                        Lab.UNDERLAY_DEVICE,
                        Lab.SWITCH,
                        Lab.underlayPort(compute),
                        MeasuredFrames.fromGuest(Cast.A1, Cast.B2.ip()),
                        Cast.A1.name(),
                        Cast.B2.ip()),
                new Way(
                        "UDP 64 bytes, network host, source NAT",
                        network,
                        Lab.SWITCH,
                        Lab.underlayPort(network),
                        Lab.UNDERLAY_DEVICE,
                        Lab.PROVIDER_DEVICE,
                        Lab.SWITCH,
                        Lab.providerPort(network),
                        MeasuredFrames.toNetworkHost(Cast.A3, network),
                        Cast.A3.name(),
                        Cast.OUTSIDE_IP));
    }

    /**
     * Measures once.
     *
     * @param measured the lab
     * @param way      through one of its hosts
     * @param cores    who works where
     * @param row      takes the rate, in millions per second, and what the core did; null for a warm-up
     * @param seconds  how long
     */
    static void run(
            final MeasuredLab measured, final Way way, final Cores cores, final Measured row, final double seconds) {
        final Lab lab = measured.lab();
        final Namespace machine = lab.host(way.host());
        measured.awake(Set.copyOf(Cast.HOSTS));
        measured.warm(way.pinger(), way.pinged());
        measured.awake(Set.of(way.host()));
        MeasuredLab.steer(machine, way.in(), cores.host());
        MeasuredLab.steer(lab.namespace(way.to()), way.sink(), cores.others());
        final long forNs = (long) (seconds * SEND_MS) * TimeUnit.MILLISECONDS.toNanos(1);
        try (IngressGuard sink = MeasuredLab.sink(lab.namespace(way.to()), way.sink())) {
            if (!sink.limitation().isEmpty()) {
                throw new LabException(sink.limitation());
            }
            final long before = MeasuredLab.sent(machine, way.out());
            final long pid = measured.pid(way.host());
            final CoreTimes timesBefore = CoreTimes.of(cores.host(), pid);
            final Sent sent = MeasuredLab.in(
                    lab.namespace(way.from()),
                    () -> PacketSender.send(way.sender(), cores.others(), way.frames(), forNs));
            final CoreTimes times = CoreTimes.of(cores.host(), pid).since(timesBefore);
            Pause.ms(DRAIN_MS);
            final long forwarded = MeasuredLab.sent(machine, way.out()) - before;
            if (row != null) {
                row.add(measured.isDvr(), forwarded * 1e3 / sent.durationNs());
                row.offered(sent.frames() * 1e3 / sent.durationNs());
                row.add(measured.isDvr(), times);
            }
        } finally {
            MeasuredLab.steer(machine, way.in(), -1);
            MeasuredLab.steer(lab.namespace(way.to()), way.sink(), -1);
            measured.awake(Set.of());
        }
    }

    /** A wire and nothing else: what a packet costs that is not forwarded by anybody. */
    static void wire(final Lab lab, final Cores cores, final Measured row, final double seconds) {
        final Namespace one = lab.namespace(Lab.SWITCH);
        final Namespace other = lab.namespace(Lab.OUTSIDE);
        one.ip("link add m0 type veth peer name m1 netns " + other, "link set m0 up");
        try {
            other.ip("link set m1 up");
            MeasuredLab.steer(other, "m1", cores.host());
            try (IngressGuard sink = MeasuredLab.sink(other, "m1")) {
                if (!sink.limitation().isEmpty()) {
                    throw new LabException(sink.limitation());
                }
                final long before = MeasuredLab.taken(one, "m0");
                final long forNs = (long) (seconds * SEND_MS) * TimeUnit.MILLISECONDS.toNanos(1);
                final Sent sent = MeasuredLab.in(
                        one,
                        () -> PacketSender.send(
                                "m0",
                                cores.others(),
                                MeasuredFrames.fromGuest(Cast.A1, Cast.OUTSIDE_IP),
                                forNs));
                if (row != null) {
                    row.add(false, (MeasuredLab.taken(one, "m0") - before) * 1e3 / sent.durationNs());
                    row.offered(sent.frames() * 1e3 / sent.durationNs());
                }
            }
        } finally {
            one.ip("link del m0");
        }
    }
}
