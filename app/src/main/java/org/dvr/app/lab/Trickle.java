package org.dvr.app.lab;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/** One connection over which a number goes there and comes back again and again; two threads of this process play its ends. */
final class Trickle implements AutoCloseable {
    private static final int TIMEOUT_MS = 60_000;
    private static final int CONNECT_MS = 3_000;
    private static final long PAUSE_MS = 20;

    private final ServerSocketChannel server;
    private final SocketChannel client;
    private final AtomicLong count = new AtomicLong();
    private volatile long longestNs;
    private volatile String fault = "";
    private volatile boolean isStopping;

    /**
     * Connects.
     *
     * @param from where from
     * @param to   where to
     * @param ip   by which address
     * @param port of the server, its own
     * @throws IOException when no connection comes about
     */
    Trickle(final Namespace from, final Namespace to, final String ip, final int port) throws IOException {
        server = to.call(
                () -> ServerSocketChannel.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(port)));
        daemon(this::answer, "trickle-server-" + port);
        client = from.call(() -> {
            final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
            channel.socket().connect(new InetSocketAddress(InetAddress.getByName(ip), port), CONNECT_MS);
            return channel;
        });
        client.socket().setSoTimeout(TIMEOUT_MS);
        client.socket().setTcpNoDelay(true);
        daemon(this::ask, "trickle-client-" + port);
    }

    private static void daemon(final Runnable work, final String name) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void answer() {
        try (SocketChannel channel = server.accept();
                DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
                DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel))) {
            channel.socket().setTcpNoDelay(true);
            while (true) {
                out.writeLong(in.readLong());
            }
        } catch (final IOException e) {
            // The client says what became of it.
        }
    }

    private void ask() {
        final Socket socket = client.socket();
        try {
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            while (!isStopping) {
                final long beginNs = System.nanoTime();
                out.writeLong(count.get());
                if (in.readLong() != count.get()) {
                    fault = "another number came back";
                    return;
                }
                longestNs = Math.max(longestNs, System.nanoTime() - beginNs);
                count.incrementAndGet();
                Pause.ms(PAUSE_MS);
            }
        } catch (final IOException e) {
            if (!isStopping) {
                fault = e.toString();
            }
        }
    }

    /** {@return how often the number has come back} */
    long count() {
        return count.get();
    }

    /** {@return the longest time that it took, in milliseconds} */
    long longestMs() {
        return longestNs / 1_000_000;
    }

    /** {@return what ended it; empty while it goes on} */
    String fault() {
        return fault;
    }

    @Override
    public void close() {
        isStopping = true;
        try {
            client.close();
            server.close();
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
