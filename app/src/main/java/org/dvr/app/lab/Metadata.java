package org.dvr.app.lab;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;

/**
 * The metadata walk ({@code dvr.md} §9.16): a metadata agent on the host's own loopback, as Neutron runs one, that answers
 * with what it was told about the guest.
 */
final class Metadata {
    /** Where forwarders of the lab look for the agent. */
    static final int AGENT_PORT = 8775;

    private static final String SERVICE_IP = "169.254.169.254";
    private static final int SERVICE_PORT = 80;
    private static final int TIMEOUT_MS = 5_000;

    private Metadata() {}

    /**
     * Asks for metadata and checks whose request the agent saw.
     *
     * @param walk  to which the outcome goes
     * @param guest who asks
     */
    static void walk(final Walk walk, final Guest guest) {
        final String expected = guest.portIp() + " router-r";
        try {
            final HttpServer agent = agentOf(walk.lab(), guest.host());
            try {
                final String answer = ask(walk.lab().guest(guest.name()));
                if (!answer.startsWith("HTTP/1.1 200") || !answer.endsWith("\r\n\r\n" + expected)) {
                    walk.fault("metadata for " + guest.name() + ": \""
                            + answer.strip().replace("\r\n", " | ") + "\" instead of " + expected);
                }
            } finally {
                agent.stop(0);
            }
        } catch (final IOException e) {
            walk.fault("metadata for " + guest.name() + ": " + e.getMessage());
        }
        walk.look();
        for (final String wire : new String[] {Lab.UNDERLAY, Lab.PROVIDER}) {
            walk.none(
                    wire,
                    "a request for metadata outside its host",
                    frame -> frame.ip() != null
                            && (frame.ip().source().equals(SERVICE_IP)
                                    || frame.ip().destination().equals(SERVICE_IP)));
        }
        walk.each(
                guest.name(),
                walk.at(guest.name(), frame -> frame.isBetween(SERVICE_IP, guest.ip())),
                "source MAC of the gateway",
                frame -> frame.sourceMac().equals(guest.network().gatewayMac()));
        walk.show("the agent of " + guest.host().name() + " hears of " + expected);
    }

    private static HttpServer agentOf(final Lab lab, final Host host) throws IOException {
        final HttpServer agent = lab.host(host)
                .call(() ->
                        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), AGENT_PORT), 16));
        agent.createContext("/", exchange -> {
            final String told = exchange.getRequestHeaders().getFirst("X-Forwarded-For") + " "
                    + exchange.getRequestHeaders().getFirst("X-Neutron-Router-ID");
            final byte[] body = told.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        agent.start();
        return agent;
    }

    /** {@return the whole answer, head and body} */
    private static String ask(final Namespace guest) throws IOException {
        return guest.call(() -> {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET)) {
                channel.socket()
                        .connect(new InetSocketAddress(InetAddress.ofLiteral(SERVICE_IP), SERVICE_PORT), TIMEOUT_MS);
                channel.socket().setSoTimeout(TIMEOUT_MS);
                channel.socket()
                        .getOutputStream()
                        .write("GET /openstack HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
                return new String(channel.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            }
        });
    }
}
