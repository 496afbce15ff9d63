package org.dvr.app.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All that flows during a soak: streams with sequence numbers, pings, transfers by TCP, connections by the dozen. */
final class SoakTraffic implements AutoCloseable {
    private static final int FIRST_PORT = 7_100;
    private static final int PER_SECOND = 100;
    private static final long BULK = 2L << 20;
    private static final int SHORT = 200;
    private static final int PINGS = 25;
    private static final Pattern PING = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");
    /** Whose device comes and goes; it only receives. */
    static final Cast.Guest FLAPPING = Cast.B1;

    private static final List<SoakStream.Way> WAYS = List.of(
            new SoakStream.Way("a1", Lab.OUTSIDE, Cast.OUTSIDE_IP, true),
            new SoakStream.Way(Lab.OUTSIDE, "a2", Cast.A2.floating(), true),
            new SoakStream.Way("a3", Lab.OUTSIDE, Cast.OUTSIDE_IP, true),
            new SoakStream.Way(Lab.OUTSIDE, "v", Cast.V.floating(), true),
            new SoakStream.Way("a1", "b2", Cast.B2.ip(), true),
            new SoakStream.Way("a1", "a2", Cast.A2.ip(), true));
    private static final List<SoakStream.Way> FLAPPING_WAYS = List.of(
            new SoakStream.Way("a2", FLAPPING.name(), FLAPPING.ip(), false),
            new SoakStream.Way("a3", FLAPPING.name(), FLAPPING.ip(), false));

    private final Lab lab;
    private final Conversations conversations;
    private final List<SoakStream> steady = new ArrayList<>();
    private final List<SoakStream> flapping = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final AtomicInteger pingsSent = new AtomicInteger();
    private final AtomicInteger pingsLost = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean isStopping;

    private interface Work {
        void run() throws IOException;
    }

    /**
     * Begins.
     *
     * @param lab     that is up
     * @param seconds for which streams need room
     * @throws IOException when sockets cannot be had
     */
    SoakTraffic(final Lab lab, final long seconds) throws IOException {
        this.lab = lab;
        conversations = new Conversations(lab);
        int port = FIRST_PORT;
        for (final SoakStream.Way way : WAYS) {
            steady.add(new SoakStream(lab, way, port++, PER_SECOND, seconds).start());
        }
        for (final SoakStream.Way way : FLAPPING_WAYS) {
            flapping.add(new SoakStream(lab, way, port++, PER_SECOND, seconds).start());
        }
        ping("a1", Cast.OUTSIDE_IP);
        ping("a3", Cast.OUTSIDE_IP);
        ping(Lab.OUTSIDE, Cast.A2.floating());
        ping("a1", Cast.B2.ip());
        tcp("a1", Cast.OUTSIDE_IP, BULK, 1_000);
        tcp("a3", Cast.OUTSIDE_IP, BULK, 1_000);
        tcp("a1", Cast.B2.ip(), BULK, 1_000);
        tcp(Lab.OUTSIDE, Cast.A2.floating(), BULK, 1_000);
        tcp("a3", Cast.OUTSIDE_IP, SHORT, 50);
        tcp("a1", Cast.OUTSIDE_IP, SHORT, 50);
        tcp(Lab.OUTSIDE, Cast.A1.floating(), SHORT, 50);
    }

    private void ping(final String from, final String ip) {
        again("soak-ping-" + from, 0, () -> {
            final String output = lab.guest(from)
                    .attempt("ping", "-n", "-q", "-i", "0.2", "-W", "2", "-c", Integer.toString(PINGS), ip)
                    .output();
            final Matcher matcher = PING.matcher(output);
            if (!matcher.find()) {
                throw new IOException("ping " + from + " -> " + ip + ": "
                        + output.lines().reduce((one, other) -> other).orElse(""));
            }
            pingsSent.addAndGet(Integer.parseInt(matcher.group(1)));
            pingsLost.addAndGet(Integer.parseInt(matcher.group(1)) - Integer.parseInt(matcher.group(2)));
        });
    }

    private void tcp(final String from, final String ip, final long length, final long pauseMs) {
        again("soak-tcp-" + from, pauseMs, () -> {
            try {
                conversations.tcp(lab.guest(from), ip, length);
            } catch (final IOException e) {
                throw new IOException("TCP " + from + " -> " + ip + ", " + length + " bytes: " + e.getMessage(), e);
            }
            connections.incrementAndGet();
            bytes.addAndGet(2 * length);
        });
    }

    private void again(final String name, final long pauseMs, final Work work) {
        final Thread thread = new Thread(
                () -> {
                    while (!isStopping) {
                        try {
                            work.run();
                            Pause.ms(pauseMs);
                        } catch (final IOException e) {
                            fault(e.getMessage());
                        }
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void fault(final String sentence) {
        synchronized (faults) {
            faults.add(sentence);
        }
    }

    /** Lets what is under way arrive. */
    void stop() {
        isStopping = true;
        steady.forEach(SoakStream::stopSending);
        flapping.forEach(SoakStream::stopSending);
        try {
            for (final Thread thread : threads) {
                thread.join(30_000);
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Pause.ms(1_000);
    }

    /** {@return streams between machines whose devices stay} */
    List<SoakStream> steady() {
        return steady;
    }

    /** {@return streams to the machine whose device comes and goes} */
    List<SoakStream> flapping() {
        return flapping;
    }

    /** {@return what went wrong with connections and programs} */
    List<String> faults() {
        synchronized (faults) {
            return List.copyOf(faults);
        }
    }

    int pingsSent() {
        return pingsSent.get();
    }

    int pingsLost() {
        return pingsLost.get();
    }

    int connections() {
        return connections.get();
    }

    long bytes() {
        return bytes.get();
    }

    long datagrams() {
        return steady.stream().mapToLong(SoakStream::sent).sum()
                + flapping.stream().mapToLong(SoakStream::sent).sum();
    }

    @Override
    public void close() {
        isStopping = true;
        steady.forEach(SoakStream::close);
        flapping.forEach(SoakStream::close);
        conversations.close();
    }
}
