package org.dvr.app.metadata;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * An agent that listens on a Unix socket, as Neutron's does by default. One connection for each request, in HTTP/1.0: there the end of the connection is the end
 * of the answer, and no other framing can occur (RFC 1945 §7.2.2). The request line says 1.0, so that nobody answers in chunks.
 */
final class UnixAgent implements MetadataAgent {
    private static final int LONGEST_HEAD = 64 << 10;
    private static final int LOWEST_STATUS = 200;
    private static final int HIGHEST_STATUS = 599;

    private final UnixDomainSocketAddress address;
    private final Duration timeout;
    private final int responseLimit;
    private final ScheduledExecutorService deadlines = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("metadata-deadlines").factory());

    UnixAgent(final String path, final Duration timeout, final int responseLimit) {
        address = UnixDomainSocketAddress.of(path);
        this.timeout = timeout;
        this.responseLimit = responseLimit;
    }

    @Override
    public Response ask(final Request request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            final Future<?> deadline =
                    deadlines.schedule(() -> close(channel), timeout.toMillis(), TimeUnit.MILLISECONDS);
            try {
                channel.connect(address);
                write(channel, head(request));
                write(channel, request.body());
                return parse(read(channel));
            } catch (final AsynchronousCloseException e) {
                final SocketTimeoutException timedOut = new SocketTimeoutException("no answer within " + timeout);
                timedOut.initCause(e);
                throw timedOut;
            } finally {
                deadline.cancel(false);
            }
        }
    }

    private static void close(final SocketChannel channel) {
        try {
            channel.close();
        } catch (final IOException e) {
            // whoever waits for it is told so
        }
    }

    private static byte[] head(final Request request) {
        final StringBuilder head = new StringBuilder(512);
        head.append(request.method()).append(' ').append(request.target()).append(" HTTP/1.0\r\n");
        head.append("Host: 169.254.169.254\r\nConnection: close\r\n");
        if (request.body().length > 0) {
            head.append("Content-Length: ").append(request.body().length).append("\r\n");
        }
        request.headers()
                .forEach((name, values) -> values.forEach(
                        value -> head.append(name).append(": ").append(value).append("\r\n")));
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void write(final SocketChannel channel, final byte[] bytes) throws IOException {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private byte[] read(final SocketChannel channel) throws IOException {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        final ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
            if (all.size() > responseLimit + LONGEST_HEAD) {
                throw new InvalidAnswerException("longer than " + responseLimit + " bytes");
            }
        }
        return all.toByteArray();
    }

    private Response parse(final byte[] bytes) throws InvalidAnswerException {
        final int end = endOfHead(bytes);
        final String[] lines = new String(bytes, 0, end, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; i < lines.length; i++) {
            final int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>())
                        .add(lines[i].substring(colon + 1).strip());
            }
        }
        final int start = end + 4;
        final int length = length(headers, bytes.length - start);
        if (length > responseLimit) {
            throw new InvalidAnswerException("longer than " + responseLimit + " bytes");
        }
        final byte[] body = new byte[length];
        System.arraycopy(bytes, start, body, 0, length);
        return new Response(status(lines[0]), EndToEnd.headers(headers), body);
    }

    private static int endOfHead(final byte[] bytes) throws InvalidAnswerException {
        for (int i = 0; i + 3 < bytes.length && i < LONGEST_HEAD; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        throw new InvalidAnswerException("it has no end of its headers");
    }

    private static int status(final String line) throws InvalidAnswerException {
        final String[] words = line.split(" ", 3);
        if (words.length > 1 && words[0].startsWith("HTTP/1.")) {
            try {
                final int status = Integer.parseInt(words[1]);
                if (status >= LOWEST_STATUS && status <= HIGHEST_STATUS) {
                    return status;
                }
            } catch (final NumberFormatException e) {
                // said below
            }
        }
        throw new InvalidAnswerException("it begins with \"" + line.substring(0, Math.min(40, line.length())) + "\"");
    }

    /** An answer that ends before the length it announces was cut off. */
    private static int length(final Map<String, List<String>> headers, final int available)
            throws InvalidAnswerException {
        if (headers.containsKey("Transfer-Encoding")) {
            throw new InvalidAnswerException("it is in chunks, which HTTP/1.0 does not have");
        }
        final List<String> announced = headers.get("Content-Length");
        if (announced == null) {
            return available;
        }
        try {
            final int length = Integer.parseInt(announced.getFirst());
            if (length >= 0 && length <= available) {
                return length;
            }
        } catch (final NumberFormatException e) {
            // said below
        }
        throw new InvalidAnswerException("it announces " + announced.getFirst() + " bytes and has " + available);
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
    }
}
