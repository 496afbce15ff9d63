package org.dvr.app.metadata;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dvr.dataplane.topology.MetadataProxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves guests' requests for metadata: finds the guest by the address that the request comes from, adds {@code X-Forwarded-For} (its fixed IP) and {@code
 * X-Neutron-Router-ID}, and relays to the metadata agent and back (dvr.md §6.6). What a guest says about who it is is not passed on.
 *
 * <p>Bounded in everything that guests could use up: threads, requests that wait, connections, time and length of a request, length of an answer.
 */
public final class MetadataServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataServer.class);
    private static final int BACKLOG = 128;
    private static final int CONNECTION_LIMIT = 1_024;
    private static final long COMPLAINT_NS = TimeUnit.MINUTES.toNanos(1);

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final MetadataConfig config;
    private final GuestLookup guests;
    private final MetadataAgent agent;
    private final AtomicLong served = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong complainedNs = new AtomicLong(System.nanoTime() - COMPLAINT_NS);

    private MetadataServer(
            final HttpServer server, final MetadataConfig config, final GuestLookup guests, final MetadataAgent agent) {
        this.server = server;
        this.config = config;
        this.guests = guests;
        this.agent = agent;
        threads = new ThreadPoolExecutor(
                config.threads(),
                config.threads(),
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(2 * config.threads()),
                Thread.ofPlatform().daemon().name("metadata-", 0).factory(),
                new ThreadPoolExecutor.AbortPolicy()); // the server closes the connection then
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins to serve.
     *
     * @param config where, for which agent, within which bounds
     * @param guests who asks
     * @return the server, listening
     * @throws IOException              when it cannot listen there; its message names the place and the remedy
     * @throws IllegalArgumentException when the agent's place is none
     */
    public static MetadataServer start(final MetadataConfig config, final GuestLookup guests) throws IOException {
        final MetadataAgent agent = MetadataAgent.of(config);
        limitConnections(config);
        final MetadataProxy listen = config.listen();
        final HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(address(listen.ip()), listen.port()), BACKLOG);
        } catch (final IOException e) {
            agent.close();
            throw new IOException(
                    "metadata proxy: cannot listen at " + listen + " (" + e.getMessage()
                            + "); the address must be that of the metadata device, and the port nobody else's",
                    e);
        }
        final MetadataServer self = new MetadataServer(server, config, guests, agent);
        server.setExecutor(self.threads);
        server.createContext("/", self::handle);
        server.start();
        return self;
    }

    /** The JDK's server reads its bounds from properties, once for the process; what an operator has set counts. */
    private static void limitConnections(final MetadataConfig config) {
        final long seconds = Math.max(1, config.timeout().toSeconds() / 3);
        setDefault("sun.net.httpserver.maxReqTime", seconds);
        setDefault("sun.net.httpserver.maxRspTime", 2 * config.timeout().toSeconds() + 1);
        setDefault("jdk.httpserver.maxConnections", CONNECTION_LIMIT);
    }

    private static void setDefault(final String property, final long value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Long.toString(value));
        }
    }

    private static InetAddress address(final int ip) throws IOException {
        return InetAddress.getByAddress(
                new byte[] {(byte) (ip >>> 24), (byte) (ip >>> 16), (byte) (ip >>> 8), (byte) ip});
    }

    private static int number(final InetAddress address) {
        int number = 0;
        if (address instanceof Inet4Address) {
            for (final byte octet : address.getAddress()) {
                number = (number << 8) | (octet & 0xFF);
            }
        }
        return number;
    }

    private void handle(final HttpExchange exchange) throws IOException {
        try (exchange) {
            final GuestLookup.Guest guest =
                    guests.find(number(exchange.getRemoteAddress().getAddress()));
            if (guest == null) {
                refused.incrementAndGet();
                say(exchange, 403, "this address is no guest's");
                return;
            }
            final byte[] body = body(exchange);
            if (body == null) {
                refused.incrementAndGet();
                say(exchange, 413, "the request is longer than " + config.requestLimit() + " bytes");
                return;
            }
            final String target = target(exchange.getRequestURI());
            if (target == null) {
                refused.incrementAndGet();
                say(exchange, 400, "the request names no path");
                return;
            }
            relay(exchange, guest, target, body);
        }
    }

    /** Path and query alone: a guest may not choose where the request goes. Null when there is no path. */
    private static String target(final URI uri) {
        final String path = uri.getRawPath();
        if (path == null || !path.startsWith("/")) {
            return null;
        }
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    private void relay(
            final HttpExchange exchange, final GuestLookup.Guest guest, final String target, final byte[] body)
            throws IOException {
        final MetadataAgent.Response response;
        try {
            response = agent.ask(
                    new MetadataAgent.Request(exchange.getRequestMethod(), target, headers(exchange, guest), body));
        } catch (final IllegalArgumentException e) { // a method or a header that HTTP does not allow
            refused.incrementAndGet();
            say(exchange, 400, "the request is no HTTP");
            return;
        } catch (final SocketTimeoutException e) {
            fail(exchange, 504, "does not answer", e);
            return;
        } catch (final MetadataAgent.InvalidAnswerException e) {
            fail(exchange, 502, "does not answer in HTTP", e);
            return;
        } catch (final IOException e) {
            fail(exchange, 503, "cannot be reached", e);
            return;
        }
        served.incrementAndGet();
        response.headers()
                .forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
        answer(exchange, response.status(), response.body());
    }

    /** Those of the guest that are not about itself, and what we know about it. */
    private static Map<String, List<String>> headers(final HttpExchange exchange, final GuestLookup.Guest guest) {
        final Map<String, List<String>> headers = EndToEnd.headers(exchange.getRequestHeaders());
        headers.keySet().removeIf(MetadataServer::isAboutTheGuest);
        headers.put("X-Forwarded-For", List.of(guest.fixedIp()));
        headers.put("X-Neutron-Router-ID", List.of(guest.routerId()));
        return headers;
    }

    /** What Neutron's and Nova's services believe of a proxy. */
    private static boolean isAboutTheGuest(final String name) {
        final String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("forwarded")
                || lower.startsWith("x-forwarded")
                || lower.startsWith("x-neutron")
                || lower.startsWith("x-instance-id")
                || lower.startsWith("x-tenant-id")
                || lower.startsWith("x-project-id")
                || lower.startsWith("x-ovn-network-id")
                || lower.startsWith("x-metadata-provider");
    }

    /** Null when it is too long. */
    private byte[] body(final HttpExchange exchange) throws IOException {
        try (InputStream in = exchange.getRequestBody()) {
            final byte[] body = in.readNBytes(config.requestLimit() + 1);
            return body.length > config.requestLimit() ? null : body;
        }
    }

    private void fail(final HttpExchange exchange, final int status, final String what, final IOException cause)
            throws IOException {
        failed.incrementAndGet();
        final long nowNs = System.nanoTime();
        final long lastNs = complainedNs.get();
        if (nowNs - lastNs >= COMPLAINT_NS && complainedNs.compareAndSet(lastNs, nowNs)) {
            LOG.warn("metadata agent {} {}: {}", config.agent(), what, cause.getMessage());
        }
        say(exchange, status, "the metadata agent " + what);
    }

    private static void say(final HttpExchange exchange, final int status, final String sentence) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        answer(exchange, status, (sentence + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(final HttpExchange exchange, final int status, final byte[] body) throws IOException {
        final boolean hasBody = body.length > 0 && !"HEAD".equals(exchange.getRequestMethod());
        exchange.sendResponseHeaders(status, hasBody ? body.length : -1);
        if (hasBody) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    /** {@return where it listens} */
    public InetSocketAddress listensAt() {
        return server.getAddress();
    }

    /** {@return requests that the agent has answered, whatever it said} */
    public long served() {
        return served.get();
    }

    /** {@return requests of nobody's address, or too long} */
    public long refused() {
        return refused.get();
    }

    /** {@return requests that the agent did not answer} */
    public long failed() {
        return failed.get();
    }

    /** Stops at once: what is under way is cut off. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        agent.close();
    }
}
