package org.dvr.app.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Datagrams with sequence numbers from one machine of the lab to another, and back where the receiver answers: says of each that was lost when it was
 * sent. Three threads: sender, receiver, and the one that takes the answers.
 */
final class SoakStream implements AutoCloseable {
    private static final int PAYLOAD = 200;
    private static final int BUFFER = 1 << 20;
    private static final int MAX_PER_SECOND = 1_000;

    private final String title;
    private final boolean isAnswered;
    private final long intervalNs;
    private final int port;
    private final DatagramChannel client;
    private final DatagramChannel server;
    private final InetSocketAddress target;
    private final long[] sentNs;
    private final long[] arrivedNs;
    private final BitSet answered;
    private final AtomicInteger sent = new AtomicInteger();
    private final List<String> peers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isStopping;

    /**
     * What a stream is.
     *
     * @param from       role of the machine that sends
     * @param to         role of the machine that receives
     * @param ip         to which it is sent
     * @param isAnswered whether each datagram is answered
     */
    record Way(String from, String to, String ip, boolean isAnswered) {
        @Override
        public String toString() {
            return from + " -> " + (ip.isEmpty() ? to : to + " (" + ip + ")");
        }
    }

    /**
     * A stream that does not flow yet.
     *
     * @param lab       that is up
     * @param way       from where to where
     * @param port      of the receiver, its own
     * @param perSecond datagrams, at most 1,000
     * @param seconds   for which there has to be room
     * @throws IOException when sockets cannot be had
     */
    SoakStream(final Lab lab, final Way way, final int port, final int perSecond, final long seconds)
            throws IOException {
        title = way.toString();
        isAnswered = way.isAnswered();
        intervalNs = 1_000_000_000L / Math.min(perSecond, MAX_PER_SECOND);
        this.port = port;
        final int capacity = (int) (seconds * perSecond + perSecond);
        sentNs = new long[capacity];
        arrivedNs = new long[capacity];
        answered = new BitSet(capacity);
        target = new InetSocketAddress(InetAddress.getByName(way.ip()), port);
        server = open(lab.namespace(way.to()), port);
        client = open(lab.namespace(way.from()), 0);
    }

    /** Bound to no address: it outlives the device that has it. */
    private static DatagramChannel open(final Namespace namespace, final int port) throws IOException {
        return namespace.call(() -> DatagramChannel.open(StandardProtocolFamily.INET)
                .setOption(StandardSocketOptions.SO_RCVBUF, BUFFER)
                .bind(new InetSocketAddress(port)));
    }

    SoakStream start() {
        thread("soak-receive-" + port, this::receive);
        if (isAnswered) {
            thread("soak-answers-" + port, this::takeAnswers);
        }
        thread("soak-send-" + port, this::send);
        return this;
    }

    private void thread(final String name, final Runnable work) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void send() {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(PAYLOAD);
        long nextNs = System.nanoTime();
        while (!isStopping && sent.get() < sentNs.length) {
            final int number = sent.get();
            buffer.clear().putInt(0, number);
            sentNs[number] = System.nanoTime();
            try {
                client.send(buffer, target);
                sent.lazySet(number + 1);
            } catch (final IOException e) {
                // Not sent, such as while the sender has no way: the number is taken once more.
                if (!client.isOpen()) {
                    return;
                }
            }
            nextNs = Math.max(nextNs + intervalNs, System.nanoTime() - intervalNs);
            LockSupport.parkNanos(nextNs - System.nanoTime());
        }
    }

    private void receive() {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(PAYLOAD);
        String lastPeer = "";
        try {
            while (server.isOpen()) {
                buffer.clear();
                final SocketAddress from = server.receive(buffer);
                final int number = buffer.getInt(0);
                if (number >= 0 && number < arrivedNs.length && arrivedNs[number] == 0) {
                    arrivedNs[number] = System.nanoTime();
                }
                if (!from.toString().equals(lastPeer)) {
                    lastPeer = from.toString();
                    synchronized (peers) {
                        peers.add(lastPeer.substring(1));
                    }
                }
                if (isAnswered) {
                    buffer.flip();
                    server.send(buffer, from);
                }
            }
        } catch (final IOException e) {
            // Closed: the end of the soak.
        }
    }

    private void takeAnswers() {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(PAYLOAD);
        try {
            while (client.isOpen()) {
                buffer.clear();
                client.receive(buffer);
                synchronized (answered) {
                    answered.set(buffer.getInt(0));
                }
            }
        } catch (final IOException e) {
            // Closed: the end of the soak.
        }
    }

    String title() {
        return title;
    }

    boolean isAnswered() {
        return isAnswered;
    }

    int sent() {
        return sent.get();
    }

    /** {@return the addresses and ports from which it was seen to come, each time they changed} */
    List<String> peers() {
        synchronized (peers) {
            return List.copyOf(peers);
        }
    }

    /**
     * When did the first datagram arrive that was sent later than something?
     *
     * @param afterNs the earliest time of sending, {@link System#nanoTime}
     * @return time of arrival; 0 when none has arrived
     */
    long firstArrivalNs(final long afterNs) {
        for (int number = 0, size = sent.get(); number < size; number++) {
            if (sentNs[number] >= afterNs && arrivedNs[number] != 0) {
                return arrivedNs[number];
            }
        }
        return 0;
    }

    /** Stops sending; what is under way may still arrive. */
    void stopSending() {
        isStopping = true;
    }

    /** {@return when those that did not arrive were sent} */
    List<Long> lostThere() {
        final List<Long> lost = new ArrayList<>();
        for (int number = 0, size = sent.get(); number < size; number++) {
            if (arrivedNs[number] == 0) {
                lost.add(sentNs[number]);
            }
        }
        return lost;
    }

    /** {@return when those were sent that arrived, and whose answers did not} */
    List<Long> lostBack() {
        final List<Long> lost = new ArrayList<>();
        if (!isAnswered) {
            return lost;
        }
        synchronized (answered) {
            for (int number = 0, size = sent.get(); number < size; number++) {
                if (arrivedNs[number] != 0 && !answered.get(number)) {
                    lost.add(sentNs[number]);
                }
            }
        }
        return lost;
    }

    /** {@return how long after the first datagram the first was sent that was lost, in milliseconds; -1 where none was} */
    long firstLossMs() {
        final List<Long> lost = new ArrayList<>(lostThere());
        lost.addAll(lostBack());
        return lost.isEmpty() ? -1 : (java.util.Collections.min(lost) - sentNs[0]) / 1_000_000;
    }

    @Override
    public void close() {
        isStopping = true;
        try {
            client.close();
            server.close();
            for (final Thread thread : threads) {
                thread.join(1_000);
            }
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
