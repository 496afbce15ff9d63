package org.dvr.app.lab;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
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
    private static final double WARM_UP_SECONDS = 1;
    private static final double SETTLE_SECONDS = 0.1;
    private static final double STEP_SECONDS = 0.25;
    private static final double LEAST = 50_000;
    private static final double MOST = 2_500_000;
    private static final double STEP = 1.2;
    private static final int PATIENCE = 3;

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
     * Finds the load at which most is forwarded. A flood is not: what comes in takes the time and the queues of what has come so far.
     *
     * @param measured the lab
     * @param way      through one of its hosts
     * @param cores    who works where
     * @param progress is told what was found, a line for each load
     * @return packets per second to offer
     */
    static double bestLoad(
            final MeasuredLab measured, final Way way, final Cores cores, final Consumer<String> progress) {
        try (Test test = new Test(measured, way, cores)) {
            test.run(PacketSender.FLOOD, WARM_UP_SECONDS);
            double best = PacketSender.FLOOD;
            double most = test.run(best, STEP_SECONDS).rate();
            int worse = 0;
            for (double load = LEAST; load < MOST && worse < PATIENCE; load *= STEP) {
                final double rate = test.run(load, STEP_SECONDS).rate();
                progress.accept(
                        "  %s: of %.2f Mpps %.2f are forwarded".formatted(measured.name(), load / 1e6, rate / 1e6));
                worse = rate > most ? 0 : load < most ? worse : worse + 1;
                if (rate > most) {
                    most = rate;
                    best = load;
                }
            }
            return best;
        }
    }

    /**
     * Measures once.
     *
     * @param measured the lab
     * @param way      through one of its hosts
     * @param cores    who works where
     * @param row      takes the rate, in millions per second, and what the core did
     * @param load     packets per second to offer
     * @param seconds  how long
     */
    static void run(
            final MeasuredLab measured,
            final Way way,
            final Cores cores,
            final Measured row,
            final double load,
            final double seconds) {
        try (Test test = new Test(measured, way, cores)) {
            test.run(load, SETTLE_SECONDS);
            final Result result = test.run(load, seconds);
            row.add(measured.isDvr(), result.rate() / 1e6);
            row.add(measured.isDvr(), result.times());
            row.offered(measured.isDvr(), result.offered() / 1e6);
        }
    }

    private record Result(double rate, double offered, CoreTimes times) {}

    /** A host that is ready to be tested: it alone is awake, and what it forwards is counted and thrown away. */
    private static final class Test implements AutoCloseable {
        private final MeasuredLab measured;
        private final Way way;
        private final Cores cores;
        private final Namespace machine;
        private final IngressGuard sink;

        Test(final MeasuredLab measured, final Way way, final Cores cores) {
            this.measured = measured;
            this.way = way;
            this.cores = cores;
            machine = measured.lab().host(way.host());
            measured.awake(Set.copyOf(Cast.HOSTS));
            measured.warm(way.pinger(), way.pinged());
            measured.awake(Set.of(way.host()));
            steer(cores.host(), cores.others());
            sink = sink(measured.lab().namespace(way.to()), way.sink());
        }

        private void steer(final int in, final int out) {
            MeasuredLab.steer(machine, way.in(), in);
            MeasuredLab.steer(measured.lab().namespace(way.to()), way.sink(), out);
        }

        Result run(final double load, final double seconds) {
            final long before = MeasuredLab.sent(machine, way.out());
            final long pid = measured.pid(way.host());
            final CoreTimes timesBefore = CoreTimes.of(cores.host(), pid);
            final Sent sent = MeasuredLab.in(
                    measured.lab().namespace(way.from()),
                    () -> PacketSender.send(way.sender(), cores.others(), way.frames(), load, (long) (seconds * 1e9)));
            final CoreTimes times = CoreTimes.of(cores.host(), pid).since(timesBefore);
            Pause.ms(DRAIN_MS);
            final long forwarded = MeasuredLab.sent(machine, way.out()) - before;
            return new Result(forwarded * 1e9 / sent.durationNs(), sent.frames() * 1e9 / sent.durationNs(), times);
        }

        @Override
        public void close() {
            sink.close();
            steer(-1, -1);
            measured.awake(Set.of());
        }
    }

    private static IngressGuard sink(final Namespace namespace, final String device) {
        final IngressGuard sink = MeasuredLab.sink(namespace, device);
        if (!sink.limitation().isEmpty()) {
            sink.close();
            throw new LabException(sink.limitation());
        }
        return sink;
    }

    /** A wire and nothing else: what a packet costs that is not forwarded by anybody. */
    @SuppressWarnings("try") // it is there while traffic flows
    static void wire(final Lab lab, final Cores cores, final Measured row, final double seconds) {
        final Namespace one = lab.namespace(Lab.SWITCH);
        final Namespace other = lab.namespace(Lab.OUTSIDE);
        one.ip("link add m0 type veth peer name m1 netns " + other, "link set m0 up");
        try {
            other.ip("link set m1 up");
            MeasuredLab.steer(other, "m1", cores.host());
            final IngressGuard sink = sink(other, "m1");
            try {
                final long before = MeasuredLab.taken(one, "m0");
                final Sent sent = MeasuredLab.in(
                        one,
                        () -> PacketSender.send(
                                "m0",
                                cores.others(),
                                MeasuredFrames.fromGuest(Cast.A1, Cast.OUTSIDE_IP),
                                PacketSender.FLOOD,
                                (long) (seconds * 1e9)));
                if (row != null) {
                    row.add(false, (MeasuredLab.taken(one, "m0") - before) * 1e3 / sent.durationNs());
                    row.offered(false, sent.frames() * 1e3 / sent.durationNs());
                }
            } finally {
                sink.close();
            }
        } finally {
            one.ip("link del m0");
        }
    }
}
