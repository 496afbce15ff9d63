package org.dvr.app.lab;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;

/**
 * Programs of the guests: servers on port 7 that say by which address they see their client, and clients. They are threads of this
 * process with sockets in the guests' namespaces; what happens below the socket is the guest's kernel alone.
 */
final class Conversations implements AutoCloseable {
    /** Where every guest answers, by UDP and TCP. */
    static final int PORT = 7;

    private static final int TIMEOUT_MS = 3_000;
    private static final int BULK_TIMEOUT_MS = 60_000;
    private static final int RESTART_TIMEOUT_MS = 20_000;
    private static final int INTERRUPTED_LENGTH = 20_000;
    private static final int CHUNK = 1 << 16;

    private final List<Closeable> servers = new ArrayList<>();

    /**
     * What a client learned.
     *
     * @param seen    the address by which the server sees it
     * @param summary as {@code 32 MiB each way, 812 MiB/s}
     */
    record Answer(String seen, String summary) {}

    /**
     * Starts the servers of every guest and of the outside.
     *
     * @param lab that is up
     * @throws IOException when one cannot be started
     */
    Conversations(final Lab lab) throws IOException {
        for (final Cast.Guest guest : Cast.GUESTS) {
            serve(lab.guest(guest.name()), guest.ip());
        }
        serve(lab.guest(Cast.B2.name()), Cast.BEHIND_B2_IP);
        serve(lab.guest(Lab.OUTSIDE), Cast.OUTSIDE_IP);
    }

    private void serve(final Namespace namespace, final String ip) throws IOException {
        final InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(ip), PORT);
        final DatagramChannel datagrams = namespace.call(
                () -> DatagramChannel.open(StandardProtocolFamily.INET).bind(address));
        servers.add(datagrams);
        daemon("udp " + ip, () -> echo(datagrams));
        final ServerSocketChannel connections = namespace.call(
                () -> ServerSocketChannel.open(StandardProtocolFamily.INET).bind(address));
        servers.add(connections);
        daemon("tcp " + ip, () -> accept(connections));
    }

    private static void daemon(final String name, final Callable<Void> work) {
        final Thread thread = new Thread(
                () -> {
                    try {
                        work.call();
                    } catch (final Exception e) {
                        // The client is gone, or the lab: whoever waits for an answer says that there is none.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Answers each datagram with the address it came from and its own bytes. */
    private static Void echo(final DatagramChannel channel) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        while (channel.isOpen()) {
            buffer.clear();
            final InetSocketAddress client = (InetSocketAddress) channel.receive(buffer);
            buffer.flip();
            final byte[] seen = (client.getAddress().getHostAddress() + "\n").getBytes(StandardCharsets.UTF_8);
            channel.send(
                    ByteBuffer.allocate(seen.length + buffer.remaining())
                            .put(seen)
                            .put(buffer)
                            .flip(),
                    client);
        }
        return null;
    }

    private static Void accept(final ServerSocketChannel server) throws IOException {
        while (server.isOpen()) {
            final SocketChannel client = server.accept();
            daemon("tcp client", () -> answer(client));
        }
        return null;
    }

    /** Reads a length and as many bytes; says what client it sees and the checksum of what it read; sends as many bytes. */
    private static Void answer(final SocketChannel client) throws IOException {
        try (client;
                DataInputStream in =
                        new DataInputStream(new BufferedInputStream(Channels.newInputStream(client), CHUNK));
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(client), CHUNK))) {
            final long length = in.readLong();
            final long checksum = read(in, length);
            final InetSocketAddress peer = (InetSocketAddress) client.getRemoteAddress();
            out.writeUTF(peer.getAddress().getHostAddress());
            out.writeLong(checksum);
            write(out, length);
            out.flush();
        }
        return null;
    }

    /** {@return the checksum of what was written: bytes that follow from the length} */
    private static long write(final DataOutputStream out, final long length) throws IOException {
        final SplittableRandom random = new SplittableRandom(length);
        final CRC32C checksum = new CRC32C();
        final byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; left -= chunk.length) {
            random.nextBytes(chunk);
            final int size = (int) Math.min(left, chunk.length);
            checksum.update(chunk, 0, size);
            out.write(chunk, 0, size);
        }
        return checksum.getValue();
    }

    private static long read(final DataInputStream in, final long length) throws IOException {
        final CRC32C checksum = new CRC32C();
        final byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; ) {
            final int size = (int) Math.min(left, chunk.length);
            in.readFully(chunk, 0, size);
            checksum.update(chunk, 0, size);
            left -= size;
        }
        return checksum.getValue();
    }

    /**
     * One datagram there and one back.
     *
     * @param guest  who sends
     * @param ip     to whom
     * @param length of the datagram's payload, in bytes
     * @return what the server saw
     * @throws IOException when no answer comes, or another than what was sent
     */
    Answer udp(final Namespace guest, final String ip, final int length) throws IOException {
        return guest.call(() -> {
            try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
                channel.connect(new InetSocketAddress(InetAddress.getByName(ip), PORT));
                final byte[] sent = new byte[length];
                new SplittableRandom(length).nextBytes(sent);
                channel.write(ByteBuffer.wrap(sent));
                channel.socket().setSoTimeout(TIMEOUT_MS);
                final DatagramPacket packet = new DatagramPacket(new byte[CHUNK], CHUNK);
                channel.socket().receive(packet);
                final int begin = packet.getLength() - length;
                final String seen = new String(packet.getData(), 0, Math.max(begin, 0), StandardCharsets.UTF_8).strip();
                if (begin < 0
                        || !java.util.Arrays.equals(sent, 0, length, packet.getData(), begin, packet.getLength())) {
                    throw new IOException("the answer has other bytes than the question");
                }
                return new Answer(seen, length + " bytes");
            }
        });
    }

    /**
     * A connection with bytes in both directions.
     *
     * @param guest  who connects
     * @param ip     to whom
     * @param length bytes each way
     * @return what the server saw
     * @throws IOException when it fails, or bytes arrive other than they were sent
     */
    Answer tcp(final Namespace guest, final String ip, final long length) throws IOException {
        return guest.call(() -> {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET)) {
                final Socket socket = channel.socket();
                socket.connect(new InetSocketAddress(InetAddress.getByName(ip), PORT), TIMEOUT_MS);
                socket.setSoTimeout(length > CHUNK ? BULK_TIMEOUT_MS : TIMEOUT_MS);
                final DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), CHUNK));
                final DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), CHUNK));
                final long begin = System.nanoTime();
                out.writeLong(length);
                final long checksum = write(out, length);
                out.flush();
                final String seen = in.readUTF();
                final long atServer = in.readLong();
                final long back = read(in, length);
                if (atServer != checksum || back != checksum) {
                    throw new IOException("bytes arrive other than they were sent");
                }
                return new Answer(seen, summary(length, System.nanoTime() - begin));
            }
        });
    }

    /**
     * A connection in the middle of which something happens.
     *
     * @param guest   who connects
     * @param ip      to whom
     * @param between what happens after half of the bytes
     * @throws IOException when the connection does not go on, or bytes arrive other than they were sent
     */
    void interrupted(final Namespace guest, final String ip, final Runnable between) throws IOException {
        final SocketChannel channel = guest.call(() -> {
            final SocketChannel opened = SocketChannel.open(StandardProtocolFamily.INET);
            opened.socket().connect(new InetSocketAddress(InetAddress.getByName(ip), PORT), TIMEOUT_MS);
            return opened;
        });
        try (channel) {
            final Socket socket = channel.socket();
            socket.setSoTimeout(RESTART_TIMEOUT_MS);
            final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            final long checksum = write(new DataOutputStream(bytes), INTERRUPTED_LENGTH);
            final int half = bytes.size() / 2;
            out.writeLong(INTERRUPTED_LENGTH);
            out.write(bytes.toByteArray(), 0, half);
            out.flush();
            between.run();
            out.write(bytes.toByteArray(), half, bytes.size() - half);
            out.flush();
            in.readUTF();
            if (in.readLong() != checksum || read(in, INTERRUPTED_LENGTH) != checksum) {
                throw new IOException("bytes arrive other than they were sent");
            }
        }
    }

    private static String summary(final long length, final long durationNs) {
        final double mib = length / (double) (1 << 20);
        return "%.0f MiB each way intact, %.0f MiB/s".formatted(mib, 2 * mib * 1e9 / durationNs);
    }

    @Override
    public void close() {
        for (final Closeable server : servers) {
            try {
                server.close();
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
