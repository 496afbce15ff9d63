package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.nativeOrder;

import java.io.IOException;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.dataplane.io.sys.Libc;

/**
 * Asks on a link whether somebody else has an IPv4 address (RFC 5227 §2.1.1): ARP requests with the sender address 0.0.0.0, three of them, closer together
 * than the RFC has it for whole hosts. The one class here that waits for the network, for less than a second. Needs CAP_NET_RAW.
 */
public final class DuplicateAddressProbe {
    /** The answer when nobody else has it. */
    public static final long NOBODY = 0;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int POLLIN = 1;
    private static final int PROBES = 3;
    private static final int WAIT_MS = 200;
    private static final int CAPACITY = 1_536;
    private static final int FRAME = EthernetHeader.LENGTH + ArpPacket.LENGTH;
    private static final int PADDED = 60; // the shortest Ethernet frame, without its check sequence
    private static final int ADDRESS_LENGTH = 20; // struct sockaddr_ll
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private final Libc libc = new Libc();
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, Long.BYTES));
    private final ArpPacket arp = new ArpPacket();

    /**
     * Asks, in the network namespace of the calling thread.
     *
     * @param link an Ethernet device that is up
     * @param ip the address, IPv4 in host order
     * @return the MAC of somebody else who has it, low 48 bits; {@link #NOBODY} when none answers within 600 ms
     * @throws IOException if it cannot be asked
     */
    public long ask(final Link link, final int ip) throws IOException {
        final int fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw new IOException("packet socket: " + libc.error());
        }
        try {
            bind(fd, link);
            for (int i = 0; i < PROBES; i++) {
                send(fd, link, ip);
                final long other = listen(fd, link, ip);
                if (other != NOBODY) {
                    return other;
                }
            }
            return NOBODY;
        } finally {
            libc.close(fd);
        }
    }

    private void bind(final int fd, final Link link) throws IOException {
        buffer.setMemory(0, ADDRESS_LENGTH, (byte) 0);
        buffer.putShort(0, (short) AF_PACKET, nativeOrder());
        buffer.putShort(2, (short) EtherType.ARP, BIG_ENDIAN);
        buffer.putInt(4, link.index(), nativeOrder());
        if (libc.bind(fd, buffer.addressOffset(), ADDRESS_LENGTH) != 0) {
            throw new IOException("ask for duplicates of the tunnel address on " + link.name() + ": " + libc.error());
        }
    }

    private void send(final int fd, final Link link, final int ip) throws IOException {
        buffer.setMemory(0, PADDED, (byte) 0);
        EthernetHeader.writeMacs(buffer, 0, BROADCAST, link.mac());
        buffer.putShort(EthernetHeader.LENGTH - Short.BYTES, (short) EtherType.ARP, BIG_ENDIAN);
        ArpPacket.write(buffer, EthernetHeader.LENGTH, ArpPacket.REQUEST, link.mac(), Ipv4Address.ANY, 0, ip);
        if (libc.sendto(fd, buffer.addressOffset(), PADDED, 0, 0, 0) < 0) {
            throw new IOException("ask for duplicates of the tunnel address on " + link.name() + ": " + libc.error());
        }
    }

    private long listen(final int fd, final Link link, final int ip) {
        final long start = System.nanoTime();
        long leftMs = WAIT_MS;
        while (leftMs > 0) {
            final long length = libc.recv(fd, buffer.addressOffset(), CAPACITY, 0);
            if (length >= FRAME && isOther(link, ip, (int) length)) {
                return arp.senderMac();
            }
            if (length < 0) {
                buffer.putInt(0, fd, nativeOrder()); // struct pollfd
                buffer.putInt(4, POLLIN, nativeOrder());
                libc.poll(buffer.addressOffset(), 1, (int) leftMs);
            }
            leftMs = WAIT_MS - (System.nanoTime() - start) / 1_000_000L;
        }
        return NOBODY;
    }

    /** A reply, a request or a probe with our address from another station (RFC 5227 §2.1.1). */
    private boolean isOther(final Link link, final int ip, final int length) {
        if (ArpPacket.check(buffer, EthernetHeader.LENGTH, length - EthernetHeader.LENGTH) != DecodeFault.NONE) {
            return false;
        }
        arp.wrap(buffer, EthernetHeader.LENGTH);
        final boolean isProbe = arp.operation() == ArpPacket.REQUEST && arp.senderIp() == Ipv4Address.ANY;
        return arp.senderMac() != link.mac() && (isProbe ? arp.targetIp() == ip : arp.senderIp() == ip);
    }
}
