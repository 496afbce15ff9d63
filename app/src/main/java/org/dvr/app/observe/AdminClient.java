package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The client side of the admin socket: one request, its lines of answer. Used by one thread; another one may close it. */
public final class AdminClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path socket;
    private final SocketChannel channel;
    private final BufferedReader lines;

    private AdminClient(final Path socket, final SocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
        lines = new BufferedReader(Channels.newReader(channel, UTF_8));
    }

    /**
     * Sends a request.
     *
     * @param dir of the forwarder
     * @param request one line, as {@link AdminRequest} has it
     * @return to be read and closed
     * @throws ObserveException when nobody answers there
     */
    public static AdminClient ask(final RunDir dir, final String request) {
        final Path socket = dir.socket();
        try {
            final SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            final ByteBuffer bytes = UTF_8.encode(request + "\n");
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return new AdminClient(socket, channel);
        } catch (final IOException e) {
            throw new ObserveException(
                    "dvr: nobody answers at " + socket + " (" + e.getMessage()
                            + "): the forwarder is not running, or not yours",
                    e);
        }
    }

    /**
     * Waits for the next line.
     *
     * @return null at the end
     * @throws ObserveException when the forwarder refuses, or goes away
     */
    public JsonNode next() {
        try {
            String line = lines.readLine();
            while (line != null && line.isEmpty()) {
                line = lines.readLine(); // it only looked whether we are there
            }
            if (line == null) {
                return null;
            }
            final JsonNode node = JSON.readTree(line);
            if (node.hasNonNull("error")) {
                throw new ObserveException("dvr: " + node.get("error").asText());
            }
            return node;
        } catch (final JsonProcessingException e) {
            throw new ObserveException("dvr: " + socket + ": what answers there is no forwarder", e);
        } catch (final IOException e) {
            throw new ObserveException("dvr: " + socket + ": the forwarder went away (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Sends a request that has one line of answer.
     *
     * @param dir of the forwarder
     * @param request one line
     * @return the answer
     * @throws ObserveException when there is none
     */
    public static JsonNode askOnce(final RunDir dir, final String request) {
        try (AdminClient client = ask(dir, request)) {
            final JsonNode answer = client.next();
            if (answer == null) {
                throw new ObserveException("dvr: " + dir.socket() + ": the forwarder went away without an answer");
            }
            return answer;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (final IOException e) {
            // it is gone either way
        }
    }
}
