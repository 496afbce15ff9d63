package org.dvr.app.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What guests get out of a lab: bytes per second, round trips, connections per second. Everything as the devices are by default. */
final class Transfers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TIME = Pattern.compile("time=([\\d.]+) ms");
    private static final Pattern REQUESTS = Pattern.compile("Requests/sec: +([\\d.]+)");
    private static final int WEB_PORT = 8_080;
    private static final int CONNECTIONS = 20;
    private static final double PING_INTERVAL = 0.001;

    private Transfers() {}

    /**
     * TCP from one to another by iperf3.
     *
     * @return gigabits per second that were received
     */
    static double tcp(
            final MeasuredLab measured, final String from, final String to, final String ip, final int seconds) {
        final Lab lab = measured.lab();
        final Path log = lab.file("iperf3.log");
        final String output;
        try (Background server =
                new Background(Tools.start(lab.guest(to).within("iperf3", "-s", "-1", "--forceflush"), log), log)) {
            server.await("listening");
            output = lab.guest(from).run("iperf3", "-J", "-c", ip, "-t", Integer.toString(seconds));
        }
        try {
            final JsonNode end = JSON.readTree(output).path("end");
            return end.path("sum_received").path("bits_per_second").asDouble() / 1e9;
        } catch (final JsonProcessingException e) {
            throw new LabException("iperf3 " + from + " -> " + ip + ": " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Round trips of a guest that has a core of its own.
     *
     * @return microseconds, of each
     */
    static List<Double> pings(
            final MeasuredLab measured, final String from, final String ip, final int core, final int seconds) {
        final int count = (int) (seconds / PING_INTERVAL);
        final String output = measured.lab()
                .guest(from)
                .run(
                        "taskset",
                        "-c",
                        Integer.toString(core),
                        "ping",
                        "-n",
                        "-i",
                        Double.toString(PING_INTERVAL),
                        "-c",
                        Integer.toString(count),
                        ip);
        final List<Double> all = new ArrayList<>();
        final Matcher matcher = TIME.matcher(output);
        while (matcher.find()) {
            all.add(Double.parseDouble(matcher.group(1)) * 1e3);
        }
        if (all.size() < count / 2) {
            throw new LabException(measured.name() + ": of " + count + " pings " + from + " -> " + ip + " " + all.size()
                    + " came back");
        }
        all.sort(null);
        return all;
    }

    /** Of sorted values. */
    static double quantile(final List<Double> sorted, final double part) {
        return sorted.get((int) Math.min(sorted.size() - 1L, (long) (part * sorted.size())));
    }

    /**
     * TCP connections with a request and an answer each, by wrk.
     *
     * @return how many a second
     */
    @SuppressWarnings("try") // it is there while traffic flows
    static double connections(
            final MeasuredLab measured,
            final String from,
            final String to,
            final String ownIp,
            final String ip,
            final int seconds) {
        try (Answers server = new Answers(measured.lab().guest(to), ownIp)) {
            server.start();
            final String output = measured.lab()
                    .guest(from)
                    .run(
                            "wrk",
                            "-t",
                            "1",
                            "-c",
                            Integer.toString(CONNECTIONS),
                            "-d",
                            seconds + "s",
                            "-H",
                            "Connection: close",
                            "http://" + ip + ":" + WEB_PORT + "/");
            final Matcher matcher = REQUESTS.matcher(output);
            if (!matcher.find()) {
                throw new LabException(measured.name() + ": wrk " + from + " -> " + ip + ": no result");
            }
            return Double.parseDouble(matcher.group(1));
        } catch (final IOException e) {
            throw new LabException("web server of " + to + ": " + e.getMessage(), e);
        }
    }

    /** A web server that says the same to everybody, one after another, and hangs up: as little as a server can do. */
    private static final class Answers implements AutoCloseable {
        private static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
                .getBytes(StandardCharsets.US_ASCII);

        private final ServerSocketChannel channel;
        private final ByteBuffer request = ByteBuffer.allocateDirect(4_096);
        private final ByteBuffer answer =
                ByteBuffer.allocateDirect(ANSWER.length).put(ANSWER);

        Answers(final Namespace namespace, final String ip) throws IOException {
            channel = namespace.call(() ->
                    ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName(ip), WEB_PORT), 1_024));
        }

        void start() {
            final Thread thread = new Thread(this::serve, "answers");
            thread.setDaemon(true);
            thread.start();
        }

        private void serve() {
            while (channel.isOpen()) {
                try (SocketChannel guest = channel.accept()) {
                    guest.read(request.clear());
                    guest.write(answer.flip());
                } catch (final ClosedChannelException e) {
                    return;
                } catch (final IOException e) {
                    // This guest hung up first; the next one counts.
                    request.clear();
                }
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
