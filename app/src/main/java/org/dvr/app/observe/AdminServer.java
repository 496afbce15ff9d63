package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The admin socket: a client sends one line, gets lines of JSON, and the connection ends. Each client has a virtual thread; one that neither sends nor
 * reads in time is cut off. Nothing here is ever waited for by the supervisor or a worker.
 */
final class AdminServer implements AutoCloseable {
    /** Clients at a time. */
    static final int MAX_CLIENTS = 16;

    /** Room for a path in {@code struct sockaddr_un}, without the final zero (unix(7)). */
    private static final int MAX_PATH_LENGTH = 107;

    private static final long NS_PER_MS = 1_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Answers requests, each on its client's thread. */
    interface Handler {
        /**
         * @param request what is asked for
         * @param answer takes lines
         * @throws IOException when the client is gone
         * @throws ObserveException told to the client
         * @throws InterruptedException when the server ends
         */
        void answer(AdminRequest request, Answer answer) throws IOException, InterruptedException;
    }

    /** The way back to one client. */
    static final class Answer {
        private final SocketChannel channel;
        private final long patienceNs;
        private volatile long deadlineNs;

        private Answer(final SocketChannel channel, final long patienceNs) {
            this.channel = channel;
            this.patienceNs = patienceNs;
            expect();
        }

        /**
         * Sends a line.
         *
         * @param line any JSON
         * @throws IOException when the client is gone, or was cut off because it does not read
         */
        void line(final JsonNode line) throws IOException {
            write(bytes(line));
        }

        /**
         * Sends nothing, to learn whether the client is still there: an empty line.
         *
         * @throws IOException when it is not
         */
        void stillThere() throws IOException {
            write(new byte[0]);
        }

        private void write(final byte[] bytes) throws IOException {
            final ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 1);
            buffer.put(bytes).put((byte) '\n').flip();
            while (buffer.hasRemaining()) {
                expect();
                channel.write(buffer);
            }
            deadlineNs = Long.MAX_VALUE;
        }

        private void expect() {
            deadlineNs = System.nanoTime() + patienceNs;
        }
    }

    private static byte[] bytes(final JsonNode line) {
        try {
            return JSON.writeValueAsBytes(line);
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON that cannot be written", e);
        }
    }

    private final ServerSocketChannel listener;
    private final Handler handler;
    private final long patienceNs;
    private final Thread patience; // cuts off who is too slow
    private final Set<Answer> clients = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    /**
     * Listens.
     *
     * @param socket its path, in a folder that only its user can enter; a stale one is replaced
     * @param handler answers
     * @param patienceMs how long a client may take to send its line, and to read a part of what it asked for
     */
    AdminServer(final Path socket, final Handler handler, final long patienceMs) {
        this.handler = handler;
        patienceNs = patienceMs * NS_PER_MS;
        try {
            if (socket.toAbsolutePath().toString().getBytes(UTF_8).length > MAX_PATH_LENGTH) {
                throw new ObserveException("dvr: " + socket + ": longer than the " + MAX_PATH_LENGTH
                        + " bytes that the path of a socket may have: choose another folder with --run-dir");
            }
            refuseLiving(socket);
            Files.deleteIfExists(socket);
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (final IOException e) {
            throw new ObserveException("dvr: " + socket + ": cannot listen (" + e.getMessage() + ")", e);
        }
        patience = Thread.ofPlatform().daemon().name("dvr-admin-patience").start(this::cutOff);
        Thread.ofPlatform().daemon().name("dvr-admin").start(this::accept);
    }

    /** What a killed process has left behind is replaced; a socket that somebody listens at is not. */
    private static void refuseLiving(final Path socket) {
        if (!Files.exists(socket)) {
            return;
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new ObserveException("dvr: " + socket + ": another forwarder answers there"
                    + (channel.isConnected() ? "" : ", slowly")
                    + ": stop it first, or choose another folder with --run-dir");
        } catch (final IOException e) {
            // nobody listens
        }
    }

    private void accept() {
        while (!isClosed) {
            try {
                final SocketChannel channel = listener.accept();
                final Answer answer = new Answer(channel, patienceNs);
                clients.add(answer);
                LockSupport.unpark(patience);
                Thread.ofVirtual().name("dvr-admin-client").start(() -> serve(answer));
            } catch (final IOException e) {
                pause(); // closed, or out of file descriptors for now
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(isClosed ? 0 : 100);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(final Answer answer) {
        try (SocketChannel channel = answer.channel) {
            if (clients.size() > MAX_CLIENTS) {
                answer.line(error("more than " + MAX_CLIENTS + " clients at a time"));
                return;
            }
            final String line = readLine(channel);
            answer.deadlineNs = Long.MAX_VALUE;
            if (line != null) {
                answer(line, answer);
            }
        } catch (final IOException e) {
            // the client is gone: nobody to tell
        } finally {
            clients.remove(answer);
        }
    }

    private void answer(final String line, final Answer answer) throws IOException {
        try {
            handler.answer(AdminRequest.parse(line), answer);
        } catch (final ObserveException e) {
            answer.line(error(e.getMessage()));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (final RuntimeException e) {
            answer.line(error("internal error: " + e));
        }
    }

    private static JsonNode error(final String message) {
        return JsonNodeFactory.instance.objectNode().put("error", message);
    }

    /** A line without its end; null when the client ends before it says anything. */
    private static String readLine(final SocketChannel channel) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(AdminRequest.MAX_LENGTH + 1);
        while (buffer.hasRemaining()) {
            final int from = buffer.position();
            if (channel.read(buffer) < 0) {
                return from == 0 ? null : new String(buffer.array(), 0, from, UTF_8);
            }
            for (int i = from; i < buffer.position(); i++) {
                if (buffer.get(i) == '\n') {
                    return new String(buffer.array(), 0, i, UTF_8);
                }
            }
        }
        return new String(buffer.array(), UTF_8); // too long, as the parser will say
    }

    private void cutOff() {
        while (!isClosed) {
            final long nowNs = System.nanoTime();
            for (final Answer client : clients) {
                final long deadlineNs = client.deadlineNs;
                if (deadlineNs != Long.MAX_VALUE && nowNs - deadlineNs > 0) {
                    close(client);
                }
            }
            if (clients.isEmpty()) {
                LockSupport.park();
            } else {
                pause();
            }
        }
    }

    private static void close(final Answer client) {
        try {
            client.channel.close();
        } catch (final IOException e) {
            // it is gone either way
        }
    }

    /** {@return whether the server goes on} */
    boolean isOpen() {
        return !isClosed;
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            listener.close();
        } catch (final IOException e) {
            // nobody can connect any more either way
        }
        clients.forEach(AdminServer::close);
        LockSupport.unpark(patience);
    }
}
