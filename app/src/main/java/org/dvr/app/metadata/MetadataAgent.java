package org.dvr.app.metadata;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Neutron's metadata agent. Called by every thread of the proxy. */
interface MetadataAgent extends AutoCloseable {
    /**
     * A request as it is passed on.
     *
     * @param method  of HTTP
     * @param target  path and query, as the guest wrote them
     * @param headers without those of the connection
     * @param body    may be empty
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Request(String method, String target, Map<String, List<String>> headers, byte[] body) {}

    /**
     * What the agent says.
     *
     * @param status  of HTTP, 200 to 599
     * @param headers without those of the connection
     * @param body    may be empty
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Response(int status, Map<String, List<String>> headers, byte[] body) {}

    /**
     * Asks.
     *
     * @param request to be passed on
     * @return the answer
     * @throws java.net.SocketTimeoutException when there is none in time
     * @throws InvalidAnswerException          when what came is none
     * @throws IOException                     when the agent cannot be reached
     */
    Response ask(Request request) throws IOException;

    @Override
    void close();

    /** What came is no answer, or is too long. */
    final class InvalidAnswerException extends IOException {
        private static final long serialVersionUID = 1L;

        InvalidAnswerException(final String message) {
            super(message);
        }
    }

    /**
     * The agent at a place.
     *
     * @param config says where it is, how long it may take, and how much it may say
     * @return not connected yet
     * @throws IllegalArgumentException when the place is neither {@code unix:/path} nor {@code HOST:PORT}
     */
    static MetadataAgent of(final MetadataConfig config) {
        final String place = config.agent();
        if (place.startsWith("unix:/")) {
            return new UnixAgent(place.substring("unix:".length()), config.timeout(), config.responseLimit());
        }
        final int colon = place.lastIndexOf(':');
        if (colon > 0 && place.indexOf('/') < 0 && isPort(place.substring(colon + 1))) {
            return new TcpAgent(place, config.timeout(), config.responseLimit());
        }
        throw new IllegalArgumentException(
                "metadata_agent must be unix:/path or HOST:PORT, such as unix:/var/lib/neutron/metadata_proxy, not "
                        + place);
    }

    private static boolean isPort(final String text) {
        try {
            final int port = Integer.parseInt(text);
            return port > 0 && port <= 65_535;
        } catch (final NumberFormatException e) {
            return false;
        }
    }
}
