package org.dvr.app.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dvr.dataplane.topology.MetadataProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The proxy over the loopback device: guests are 127.0.0.2 and 127.0.0.3, everybody else is nobody. */
@Timeout(60)
class MetadataServerTest {
    private static final int LOOPBACK = 0x7F00_0001;
    private static final GuestLookup GUESTS = address -> Map.of(
                    0x7F00_0002, new GuestLookup.Guest("10.0.1.11", "router-r"),
                    0x7F00_0003, new GuestLookup.Guest("10.0.1.11", "router-s"))
            .get(address);

    /** An answer of two lines, with a header of its connection and one of its own. */
    private static final String HELLO =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\nX-Own: yes\r\n\r\nhello";

    @TempDir
    Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

    @AfterEach
    void closeAll() throws Exception {
        for (final AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    /** An agent on a Unix socket that takes one request after the other and says the same each time; null = nothing. */
    private String unixAgent(final String answer) throws IOException {
        final Path path = folder.resolve("agent");
        final ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        open.add(listener);
        Thread.ofPlatform().daemon().start(() -> {
            while (listener.isOpen()) {
                try (SocketChannel channel = listener.accept()) {
                    final ByteBuffer buffer = ByteBuffer.allocate(8_192);
                    do {
                        channel.read(buffer);
                    } while (!isWhole(text(buffer)));
                    asked.add(text(buffer));
                    if (answer == null) {
                        Thread.sleep(5_000);
                    } else {
                        channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
                    }
                } catch (final IOException | InterruptedException e) {
                    return; // the test is over
                }
            }
        });
        return "unix:" + path;
    }

    private static String text(final ByteBuffer buffer) {
        return StandardCharsets.ISO_8859_1.decode(buffer.duplicate().flip()).toString();
    }

    private static boolean isWhole(final String request) {
        final int end = request.indexOf("\r\n\r\n");
        final int announced = request.indexOf("Content-Length: ");
        if (end < 0 || announced < 0) {
            return end >= 0;
        }
        final String length = request.substring(announced + 16, request.indexOf('\r', announced));
        return request.length() >= end + 4 + Integer.parseInt(length);
    }

    /** An agent on TCP that tells what it was asked. */
    private String tcpAgent(final int status, final int length) throws IOException {
        final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        server.createContext("/", exchange -> {
            final StringBuilder told = new StringBuilder();
            told.append(exchange.getRequestMethod())
                    .append(' ')
                    .append(exchange.getRequestURI())
                    .append('\n');
            exchange.getRequestHeaders().forEach((name, values) -> told.append(name.toLowerCase(Locale.ROOT))
                    .append(": ")
                    .append(String.join(",", values))
                    .append('\n'));
            told.append('\n').append(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            asked.add(told.toString());
            exchange.getResponseHeaders().set("X-Own", "yes");
            exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(new byte[length]);
            }
        });
        server.start();
        open.add(() -> server.stop(0));
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private MetadataServer serve(final String agent) throws IOException {
        return serve(new MetadataConfig(
                new MetadataProxy(LOOPBACK, freePort()), agent, 4, Duration.ofSeconds(2), 1_000, 10_000));
    }

    private MetadataServer serve(final MetadataConfig config) throws IOException {
        final MetadataServer server = MetadataServer.start(config, GUESTS);
        open.add(server);
        return server;
    }

    /** Sends a request from an address and reads until the server ends the connection. */
    private static String ask(final MetadataServer server, final String from, final String request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(server.listensAt());
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String get(final String path, final String... headers) {
        final String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return "GET " + path + " HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n" + more + "\r\n";
    }

    private String asked() throws InterruptedException {
        final String request = asked.poll(10, TimeUnit.SECONDS);
        assertTrue(request != null, "the agent was asked");
        return request;
    }

    private static void assertHas(final String text, final String part) {
        assertTrue(text.contains(part), text);
    }

    @Test
    void shouldRelayToAUnixSocketAndSayWhoAsks() throws Exception {
        final MetadataServer server = serve(unixAgent(HELLO));
        final String answer = ask(server, "127.0.0.2", get("/openstack/latest/meta_data.json?a=%20b", "Accept: */*"));
        assertHas(answer, "HTTP/1.1 200 OK\r\n");
        assertHas(answer, "X-own: yes\r\n");
        assertTrue(answer.endsWith("\r\n\r\nhello"), answer);
        final String request = asked();
        assertTrue(request.startsWith("GET /openstack/latest/meta_data.json?a=%20b HTTP/1.0\r\n"), request);
        assertHas(request, "X-Forwarded-For: 10.0.1.11\r\n");
        assertHas(request, "X-Neutron-Router-ID: router-r\r\n");
        assertHas(request, "Accept: */*\r\n");
        ask(server, "127.0.0.3", get("/"));
        assertHas(asked(), "X-Neutron-Router-ID: router-s\r\n");
        assertEquals(2, server.served());
    }

    @Test
    void shouldNotPassOnWhatAGuestSaysOfItself() throws Exception {
        final MetadataServer server = serve(unixAgent(HELLO));
        ask(
                server,
                "127.0.0.2",
                get(
                        "/",
                        "x-forwarded-for: 10.9.9.9",
                        "X-NEUTRON-ROUTER-ID: other",
                        "X-Neutron-Network-ID: other",
                        "X-Instance-ID: other",
                        "X-Instance-ID-Signature: other",
                        "X-Tenant-ID: other",
                        "Forwarded: for=other",
                        "X-Kept: kept",
                        "X-Named: other",
                        "Connection: X-Named"));
        final String request = asked();
        assertFalse(request.contains("other") || request.contains("10.9.9.9"), request);
        assertHas(request, "X-Forwarded-For: 10.0.1.11\r\n");
        assertHas(request, "X-kept: kept\r\n");
    }

    @Test
    void shouldRelayToTcpWithBodyAndStatus() throws Exception {
        final MetadataServer server = serve(tcpAgent(404, 3));
        final String answer = ask(
                server,
                "127.0.0.2",
                "PUT /latest/api/token HTTP/1.1\r\nHost: x\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 4\r\n"
                        + "Connection: close\r\n\r\nbody");
        assertHas(answer, "HTTP/1.1 404 Not Found\r\n");
        assertHas(answer, "Content-length: 3\r\n");
        final String request = asked();
        assertTrue(request.startsWith("PUT /latest/api/token\n"), request);
        assertHas(request, "x-forwarded-for: 10.0.1.11\n");
        assertHas(request, "x-neutron-router-id: router-r\n");
        assertHas(request, "x-aws-ec2-metadata-token-ttl-seconds: 60\n");
        assertTrue(request.endsWith("\nbody"), request);
    }

    @Test
    void shouldAnswerHeadWithoutABody() throws Exception {
        final MetadataServer server = serve(unixAgent(HELLO));
        final String answer = ask(server, "127.0.0.2", get("/").replace("GET", "HEAD"));
        assertHas(answer, "HTTP/1.1 200 OK\r\n");
        assertTrue(answer.endsWith("\r\n\r\n"), answer);
    }

    @Test
    void shouldRefuseWhoeverIsNoGuest() throws Exception {
        final MetadataServer server = serve(unixAgent(HELLO));
        assertHas(ask(server, "127.0.0.9", get("/")), "HTTP/1.1 403 ");
        assertEquals(1, server.refused());
        assertTrue(asked.isEmpty());
    }

    @Test
    void shouldNotLetAGuestChooseWhereTheRequestGoes() throws Exception {
        final MetadataServer server = serve(tcpAgent(200, 0));
        ask(server, "127.0.0.2", get("http://10.9.9.9:1/absolute?x=1"));
        assertTrue(asked().startsWith("GET /absolute?x=1\n"));
        ask(server, "127.0.0.2", get("//10.9.9.9/path"));
        assertTrue(asked().startsWith("GET /path\n"));
        assertHas(ask(server, "127.0.0.2", get("@10.9.9.9/")), "HTTP/1.1 40");
        assertTrue(asked.isEmpty());
    }

    @Test
    void shouldRefuseLongRequests() throws Exception {
        final MetadataServer server = serve(unixAgent(HELLO));
        final String request = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n";
        assertHas(ask(server, "127.0.0.2", request + "x".repeat(1_001)), "HTTP/1.1 413 ");
        assertHas(ask(server, "127.0.0.2", request.replace("1001", "1000") + "x".repeat(1_000)), "HTTP/1.1 200 ");
    }

    @Test
    void shouldSayThatTheAgentCannotBeReached() throws Exception {
        final MetadataServer unix = serve("unix:" + folder.resolve("nobody"));
        assertHas(ask(unix, "127.0.0.2", get("/")), "HTTP/1.1 503 ");
        final MetadataServer tcp = serve("127.0.0.1:" + freePort());
        assertHas(ask(tcp, "127.0.0.2", get("/")), "HTTP/1.1 503 ");
        assertEquals(1, unix.failed());
        assertEquals(1, tcp.failed());
    }

    @Test
    void shouldSayThatTheAgentDoesNotAnswerInTime() throws Exception {
        assertHas(ask(serve(unixAgent(null)), "127.0.0.2", get("/")), "HTTP/1.1 504 ");
        try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            final MetadataServer server = serve("127.0.0.1:" + silent.getLocalPort());
            assertHas(ask(server, "127.0.0.2", get("/")), "HTTP/1.1 504 ");
        }
    }

    @Test
    void shouldSayThatTheAgentsAnswerIsNone() throws Exception {
        for (final String answer : new String[] {
            "nonsense",
            "SSH-2.0-x\r\n\r\n",
            "HTTP/1.1 999 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(10_001)
        }) {
            final MetadataServer server = serve(unixAgent(answer));
            assertHas(ask(server, "127.0.0.2", get("/")), "HTTP/1.1 502 ");
            closeAll();
            open.clear();
            Files.delete(folder.resolve("agent"));
        }
        assertHas(ask(serve(tcpAgent(200, 10_001)), "127.0.0.2", get("/")), "HTTP/1.1 502 ");
    }

    @Test
    void shouldTakeAnAnswerThatEndsWithItsConnection() throws Exception {
        final MetadataServer server = serve(unixAgent("HTTP/1.0 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\nto the end"));
        final String answer = ask(server, "127.0.0.2", get("/"));
        assertTrue(answer.endsWith("\r\n\r\nto the end"), answer);
        assertHas(answer, "X-a: 1\r\n");
        assertHas(answer, "X-a: 2\r\n");
    }

    @Test
    void shouldSayWhereItCannotListen() throws Exception {
        final MetadataServer server = serve("127.0.0.1:1");
        final MetadataConfig taken = new MetadataConfig(
                new MetadataProxy(LOOPBACK, server.listensAt().getPort()), "127.0.0.1:1");
        final String message = assertThrows(IOException.class, () -> MetadataServer.start(taken, GUESTS))
                .getMessage();
        assertTrue(message.startsWith("metadata proxy: cannot listen at 127.0.0.1:"), message);
        for (final String place :
                new String[] {"unix:relative", "agent", "host:0", "host:99999", "http://host:80", ":80"}) {
            final MetadataConfig config = new MetadataConfig(MetadataProxy.DEFAULT, place);
            final String refused = assertThrows(
                            IllegalArgumentException.class, () -> MetadataServer.start(config, GUESTS))
                    .getMessage();
            assertTrue(refused.startsWith("metadata_agent must be unix:/path or HOST:PORT"), refused);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new MetadataConfig(MetadataProxy.DEFAULT, "a:1", 0, Duration.ofSeconds(1), 1, 1));
    }
}
