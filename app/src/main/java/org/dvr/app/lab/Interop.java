package org.dvr.app.lab;

import static org.dvr.app.lab.Cast.A1;
import static org.dvr.app.lab.Cast.A2;
import static org.dvr.app.lab.Cast.A3;
import static org.dvr.app.lab.Cast.COMPUTE1;
import static org.dvr.app.lab.Cast.GATEWAY_IP;
import static org.dvr.app.lab.Cast.OUTSIDE_IP;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dvr.app.lab.Walks.Entry;

/** What programs say of the cloud that nobody here wrote: iperf3, curl, nping, tracepath, a STUN client, wrk. */
final class Interop {
    /** The programs, for a line that names what is missing. */
    static final List<String> TOOLS = List.of("iperf3", "curl", "nping", "tracepath", "stun", "stund", "wrk");

    private static final int BODY = 4 << 20;
    private static final Pattern RECEIVED = Pattern.compile("([\\d.]+) Mbits/sec.* receiver");
    private static final Pattern DATAGRAMS = Pattern.compile("(\\d+)/(\\d+) \\(([\\d.]+)%\\) +receiver");
    private static final Pattern LOST = Pattern.compile("(Lost|Failed): (\\d+)");
    private static final Pattern RESUME = Pattern.compile("Resume: pmtu (\\d+)( hops (\\d+) back (\\d+))?");
    private static final Pattern PRIMARY = Pattern.compile("Primary: (.*)");
    private static final Pattern ERRORS = Pattern.compile("Socket errors: .*");
    private static final Pattern REQUESTS = Pattern.compile("Requests/sec: +([\\d.]+)");

    private Interop() {}

    /** {@return the entries, for hosts of any kind} */
    static List<Entry> walks() {
        final List<Entry> all = new ArrayList<>();
        iperf(all, "a1 -> outside by floating IP", A1.name(), Lab.OUTSIDE, OUTSIDE_IP);
        iperf(all, "a3 -> outside by shared address", A3.name(), Lab.OUTSIDE, OUTSIDE_IP);
        iperf(all, "outside -> floating IP of a2", Lab.OUTSIDE, A2.name(), A2.floating());
        all.add(entry("curl", "through floating IP and shared address", Interop::curl));
        for (final Cast.Guest guest : List.of(A1, A3)) {
            all.add(entry("nping", guest.name() + " -> outside, TCP, UDP and ICMP", walk -> nping(walk, guest)));
        }
        all.add(entry(
                "tracepath", "a1 -> outside by floating IP", walk -> tracepath(walk, A1.name(), OUTSIDE_IP, "4/4")));
        all.add(entry(
                "tracepath", "a3 -> outside by shared address", walk -> tracepath(walk, A3.name(), OUTSIDE_IP, "4/3")));
        // The original cannot tell the outside what the path carries (§10).
        all.add(new Entry(
                "tracepath",
                "outside -> floating IP of a1",
                plan -> !plan.isOriginal(COMPUTE1),
                walk -> tracepath(walk, Lab.OUTSIDE, A1.floating(), "4/4")));
        // What a guest's floating IP does for it depends on whose NAT it is: the original chooses other ports (§7).
        all.add(entry(
                "stun",
                "a1 behind a floating IP",
                walk -> stun(
                        walk,
                        A1,
                        walk.lab().plan().isOriginal(COMPUTE1)
                                ? "Dependent Mapping, random port"
                                : "Independent Mapping, Independent Filter, preserves ports")));
        all.add(entry(
                "stun", "a3 behind the shared address", walk -> stun(walk, A3, "Dependent Mapping, random port")));
        wrk(all, "a1 -> outside by floating IP", A1.name(), Lab.OUTSIDE, OUTSIDE_IP);
        wrk(all, "a3 -> outside by shared address", A3.name(), Lab.OUTSIDE, OUTSIDE_IP);
        wrk(all, "outside -> floating IP of a1", Lab.OUTSIDE, A1.name(), A1.floating());
        return all;
    }

    private static Entry entry(final String program, final String title, final Consumer<Walk> body) {
        return new Entry(program, title, plan -> true, body);
    }

    // ---- iperf3 ----

    private static void iperf(
            final List<Entry> all, final String title, final String from, final String to, final String ip) {
        all.add(entry("iperf3", title, walk -> {
            iperfOnce(walk, from, to, RECEIVED, "TCP there", "-c", ip, "-t", "1", "-f", "m");
            iperfOnce(walk, from, to, RECEIVED, "TCP back", "-c", ip, "-t", "1", "-f", "m", "-R");
            iperfOnce(walk, from, to, DATAGRAMS, "UDP", "-c", ip, "-t", "1", "-u", "-b", "20M", "-l", "1200");
            walk.look();
        }));
    }

    private static void iperfOnce(
            final Walk walk,
            final String from,
            final String to,
            final Pattern pattern,
            final String what,
            final String... arguments) {
        final List<String> command = new ArrayList<>(List.of("iperf3"));
        command.addAll(List.of(arguments));
        final String output;
        try (Background server = walk.background(to, "iperf3", "-s", "-1", "--forceflush")) {
            server.await("listening");
            output = walk.program(from, command.toArray(String[]::new));
        }
        final Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            walk.fault(String.join(" ", command) + ": no result");
            return;
        }
        if (pattern.equals(DATAGRAMS)) {
            final int lost = Integer.parseInt(matcher.group(1));
            // A wire without loss: what is lost did not find room in a queue of a busy machine.
            if (lost * 10L > Integer.parseInt(matcher.group(2))) {
                walk.fault("UDP: " + matcher.group() + " lost");
            }
            walk.show(what + " " + matcher.group(2) + " datagrams, " + lost + " lost");
        } else {
            walk.show(what + " " + matcher.group(1) + " Mbit/s");
        }
    }

    // ---- curl ----

    private static void curl(final Walk walk) {
        curl(walk, A1.name(), Lab.OUTSIDE, OUTSIDE_IP, OUTSIDE_IP, A1.floating());
        curl(walk, A3.name(), Lab.OUTSIDE, OUTSIDE_IP, OUTSIDE_IP, GATEWAY_IP);
        curl(walk, Lab.OUTSIDE, A2.name(), A2.floating(), A2.ip(), OUTSIDE_IP);
        curl(walk, A3.name(), A2.name(), A2.floating(), A2.ip(), GATEWAY_IP);
        walk.look();
    }

    private static void curl(
            final Walk walk,
            final String from,
            final String to,
            final String ip,
            final String ownIp,
            final String seenAs) {
        try (Web web = new Web(walk.lab().guest(to), ownIp)) {
            final String who = walk.program(from, "curl", "-sS", "-m", "10", web.url(ip) + "who");
            if (!who.equals(seenAs)) {
                walk.fault("curl " + from + " -> " + ip + ": the server sees " + who + " instead of " + seenAs);
            }
            final String result = walk.program(
                    from,
                    "curl",
                    "-sS",
                    "-m",
                    "20",
                    "-o",
                    "/dev/null",
                    "-w",
                    "%{http_code} %{size_download}",
                    web.url(ip));
            if (!result.equals("200 " + BODY)) {
                walk.fault("curl " + from + " -> " + ip + ": " + result + " instead of 200 " + BODY);
            }
            walk.show(from + " -> " + ip + " seen as " + who);
        } catch (final IOException e) {
            walk.fault("web server of " + to + ": " + e.getMessage());
        }
    }

    /** A web server of a guest: {@code /} is 4 MiB, {@code /who} the client's address, {@code /short} a few bytes. */
    private static final class Web implements AutoCloseable {
        private static final int PORT = 80;
        private final HttpServer server;
        private final ExecutorService threads = Executors.newFixedThreadPool(4);

        Web(final Namespace namespace, final String ip) throws IOException {
            final InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(ip), PORT);
            server = namespace.call(() -> HttpServer.create(address, 1_024));
            final byte[] body = new byte[BODY];
            Arrays.fill(body, (byte) 'x');
            answer("/", body);
            answer("/short", "short\n".getBytes(StandardCharsets.UTF_8));
            answer("/who", null);
            server.setExecutor(threads);
            server.start();
        }

        private void answer(final String path, final byte[] body) {
            server.createContext(path, exchange -> {
                final byte[] bytes = body == null
                        ? exchange.getRemoteAddress()
                                .getAddress()
                                .getHostAddress()
                                .getBytes(StandardCharsets.UTF_8)
                        : body;
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
                exchange.close();
            });
        }

        String url(final String ip) {
            return "http://" + ip + "/";
        }

        @Override
        public void close() {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    // ---- nping, tracepath ----

    private static void nping(final Walk walk, final Cast.Guest guest) {
        final String port = Integer.toString(Conversations.PORT);
        npingOnce(walk, guest, "--tcp-connect", "-p", port);
        npingOnce(walk, guest, "--tcp", "-p", port);
        npingOnce(walk, guest, "--udp", "-p", port, "--data-length", "100");
        npingOnce(walk, guest, "--icmp");
        walk.look();
        walk.show("TCP connections, SYN, UDP, ICMP: nothing lost");
    }

    private static void npingOnce(final Walk walk, final Cast.Guest guest, final String... arguments) {
        final List<String> command = new ArrayList<>(List.of("nping", "-c", "3", "--delay", "50ms"));
        command.addAll(List.of(arguments));
        command.add(OUTSIDE_IP);
        final Matcher matcher = LOST.matcher(walk.program(guest.name(), command.toArray(String[]::new)));
        if (!matcher.find() || !"0".equals(matcher.group(2))) {
            walk.fault(String.join(" ", command) + ": " + (matcher.hasMatch() ? matcher.group() : "no result"));
        }
    }

    private static void tracepath(final Walk walk, final String from, final String ip, final String hops) {
        final String output = walk.program(from, "tracepath", "-n", "-m", "8", ip);
        final Matcher matcher = RESUME.matcher(output);
        if (!matcher.find()) {
            walk.fault("tracepath " + from + " -> " + ip + ": no result");
            return;
        }
        final String found = matcher.group(3) + "/" + matcher.group(4);
        final int mtu = walk.lab().transport().mtu();
        if (!found.equals(hops) || Integer.parseInt(matcher.group(1)) != mtu) {
            walk.fault("tracepath " + from + " -> " + ip + ": " + matcher.group() + " instead of pmtu " + mtu
                    + ", hops there/back " + hops);
        }
        walk.look();
        walk.show(matcher.group());
    }

    // ---- STUN ----

    private static void stun(final Walk walk, final Cast.Guest guest, final String kind) {
        final String output;
        try (Background server = walk.background(Lab.OUTSIDE, "stund", "-h", OUTSIDE_IP, "-a", Cast.OUTSIDE_OTHER_IP)) {
            server.settle();
            // The status of the program is what it found.
            output = walk.lab().guest(guest.name()).attempt("stun", OUTSIDE_IP).output();
        }
        final Matcher matcher = PRIMARY.matcher(output);
        final String found = matcher.find() ? matcher.group(1).strip() : "nothing";
        if (!found.startsWith(kind)) {
            walk.fault("stun " + guest.name() + ": " + found + " instead of " + kind);
        }
        walk.look();
        walk.show(found);
    }

    // ---- wrk ----

    private static void wrk(
            final List<Entry> all, final String title, final String from, final String to, final String ip) {
        all.add(entry("wrk", "a connection for each request: " + title, walk -> {
            final String ownIp = to.equals(Lab.OUTSIDE) ? OUTSIDE_IP : A1.ip();
            try (Web web = new Web(walk.lab().guest(to), ownIp)) {
                final String output = walk.program(
                        from,
                        "wrk",
                        "-t",
                        "1",
                        "-c",
                        "20",
                        "-d",
                        "2s",
                        "-H",
                        "Connection: close",
                        web.url(ip) + "short");
                final Matcher matcher = REQUESTS.matcher(output);
                if (!matcher.find() || Double.parseDouble(matcher.group(1)) < 1) {
                    walk.fault("wrk " + from + " -> " + ip + ": no request was answered");
                }
                wrkErrors(walk, output);
                walk.show(matcher.hasMatch() ? matcher.group(1) + " connections/s" : "");
            } catch (final IOException e) {
                walk.fault("web server of " + to + ": " + e.getMessage());
            }
            walk.look();
        }));
    }

    /** A connection that the server closes after its answer, as it was asked to, counts as a read error with wrk. */
    private static void wrkErrors(final Walk walk, final String output) {
        final Matcher matcher = ERRORS.matcher(output);
        if (matcher.find() && !matcher.group().matches("Socket errors: connect 0, .*write 0, timeout 0")) {
            walk.fault("wrk: " + matcher.group());
        }
        if (output.contains("Non-2xx")) {
            walk.fault("wrk: answers that are none");
        }
    }
}
