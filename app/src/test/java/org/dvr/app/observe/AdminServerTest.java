package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdminServerTest {
    private static final long PATIENCE_MS = 300;

    @TempDir
    private Path folder;

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("admin.sock")));
    }

    private AdminServer server(final AdminServer.Handler handler) {
        return new AdminServer(folder.resolve("admin.sock"), handler, PATIENCE_MS);
    }

    /** Everything until the server ends the connection. */
    private static String readAll(final SocketChannel channel) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // more
        }
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }

    @Test
    void shouldCutOffWhoSaysNothing() throws IOException {
        try (AdminServer server = server((request, answer) -> {});
                SocketChannel channel = connect()) {
            assertEquals("", readAll(channel));
            assertTrue(server.isOpen());
        }
    }

    @Test
    void shouldCutOffWhoDoesNotRead() throws Exception {
        final CountDownLatch gone = new CountDownLatch(1);
        try (AdminServer server = server((request, answer) -> {
                    try {
                        for (int i = 0; i < 100_000; i++) {
                            answer.line(JsonNodeFactory.instance.objectNode().put("text", "x".repeat(1_000)));
                        }
                    } catch (final IOException e) {
                        gone.countDown();
                        throw e;
                    }
                });
                SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap("show ports\n".getBytes(UTF_8)));
            assertTrue(gone.await(20, TimeUnit.SECONDS));
            assertTrue(server.isOpen());
        }
    }

    @Test
    void shouldNotCutOffWhoWaitsForALongAnswer() throws Exception {
        try (AdminServer server = server((request, answer) -> {
                    Thread.sleep(PATIENCE_MS * 4);
                    answer.line(JsonNodeFactory.instance.objectNode().put("late", true));
                });
                SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap("show ports\n".getBytes(UTF_8)));
            assertEquals("{\"late\":true}\n", readAll(channel));
            assertTrue(server.isOpen());
        }
    }

    @Test
    void shouldRefuseMoreClientsThanItTakes() throws Exception {
        final CountDownLatch end = new CountDownLatch(1);
        try (AdminServer server = server((request, answer) -> end.await())) {
            final SocketChannel[] channels = new SocketChannel[AdminServer.MAX_CLIENTS];
            for (int i = 0; i < channels.length; i++) {
                channels[i] = connect();
                channels[i].write(ByteBuffer.wrap("show ports\n".getBytes(UTF_8)));
            }
            Thread.sleep(100);
            try (SocketChannel channel = connect()) {
                assertEquals("{\"error\":\"more than 16 clients at a time\"}\n", readAll(channel));
            }
            end.countDown();
            for (final SocketChannel channel : channels) {
                assertEquals("", readAll(channel));
                channel.close();
            }
            assertTrue(server.isOpen());
        }
    }

    @Test
    void shouldTellOfErrorsOfItsOwn() throws IOException {
        try (AdminServer server = server((request, answer) -> {
                    throw new IllegalStateException("broken");
                });
                SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap("show ports\n".getBytes(UTF_8)));
            assertEquals("{\"error\":\"internal error: java.lang.IllegalStateException: broken\"}\n", readAll(channel));
            assertTrue(server.isOpen());
        }
    }
}
