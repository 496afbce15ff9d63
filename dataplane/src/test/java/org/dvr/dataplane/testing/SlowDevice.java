package org.dvr.dataplane.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.testing.Host.Work;

/**
 * What a device does to frames to which something is left to be done, the slow and obvious way: headers are copied, checksums are added up 16 bits at a time. It
 * shares no code with the forwarder.
 */
public final class SlowDevice {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private SlowDevice() {}

    /** {@return where the IP header of a frame begins} */
    public static int l3(final byte[] frame) {
        return get(frame, 12) == 0x8100 ? 18 : 14;
    }

    /** {@return where its transport header begins; IPv6 has no extension headers here} */
    public static int l4(final byte[] frame) {
        final int l3 = l3(frame);
        return l3 + (isIpv4(frame) ? (frame[l3] & 0xF) * 4 : 40);
    }

    private static boolean isIpv4(final byte[] frame) {
        return (frame[l3(frame)] & 0xF0) == 0x40;
    }

    private static int protocol(final byte[] frame) {
        return frame[l3(frame) + (isIpv4(frame) ? 9 : 6)];
    }

    /** Puts the sum of the pseudo header into the checksum field of a TCP or UDP frame, as one that leaves the rest to a device. */
    public static Work leave(final byte[] frame) {
        final int l4 = l4(frame);
        final int at = protocol(frame) == TCP ? 16 : 6;
        set(frame, l4 + at, pseudoHeader(frame, protocol(frame), frame.length - l4));
        return new Work(l4, at, 0, Offload.WHOLE, false);
    }

    /** As {@link #leave}, of a segment to be cut. */
    public static Work leave(final byte[] frame, final int segmentSize) {
        final Work work = leave(frame);
        final int kind = protocol(frame) != TCP ? Offload.UDP : isIpv4(frame) ? Offload.TCP4 : Offload.TCP6;
        return new Work(work.checksumAt(), work.checksumOffset(), segmentSize, kind, false);
    }

    /** {@return the frames that are on the wire} */
    public static List<byte[]> finish(final byte[] frame, final Work work) {
        if (work.innerAt() != 0) {
            return cutInTunnel(frame, work);
        }
        if (work.segmentKind() != Offload.WHOLE) {
            return cut(frame, work);
        }
        final byte[] whole = frame.clone();
        if (work.checksumAt() != 0) {
            complete(whole, work);
        }
        return List.of(whole);
    }

    private static void complete(final byte[] frame, final Work work) {
        final int field = work.checksumAt() + work.checksumOffset();
        if (work.checksumOffset() == Offload.CRC32C) {
            Arrays.fill(frame, field, field + 4, (byte) 0);
            final CRC32C crc = new CRC32C();
            crc.update(frame, work.checksumAt(), frame.length - work.checksumAt());
            for (int i = 0; i < 4; i++) {
                frame[field + i] = (byte) (crc.getValue() >>> (8 * i));
            }
            return;
        }
        final int checksum = ~sum(frame, work.checksumAt(), frame.length) & 0xFFFF;
        set(frame, field, checksum == 0 && work.checksumOffset() == 6 ? 0xFFFF : checksum);
    }

    private static List<byte[]> cut(final byte[] frame, final Work work) {
        final int l3 = l3(frame);
        final int l4 = l4(frame);
        final boolean isTcp = protocol(frame) == TCP;
        final int headers = l4 + (isTcp ? (frame[l4 + 12] & 0xF0) >> 2 : 8);
        final List<byte[]> packets = new ArrayList<>();
        for (int from = headers; from < frame.length; from += work.segmentSize()) {
            final int length = Math.min(work.segmentSize(), frame.length - from);
            final byte[] packet = Arrays.copyOf(frame, headers + length);
            System.arraycopy(frame, from, packet, headers, length);
            if (isIpv4(frame)) {
                set(packet, l3 + 2, packet.length - l3);
                set(packet, l3 + 4, get(frame, l3 + 4) + packets.size());
                set(packet, l3 + 10, 0);
                set(packet, l3 + 10, ~sum(packet, l3, l4));
            } else {
                set(packet, l3 + 4, packet.length - l4);
            }
            if (isTcp) {
                final long sequence = (long) get(frame, l4 + 4) << 16 | get(frame, l4 + 6);
                final long own = sequence + from - headers;
                set(packet, l4 + 4, (int) (own >>> 16));
                set(packet, l4 + 6, (int) own);
                packet[l4 + 13] &= (byte) (from == headers ? 0xFF : 0x7F);
                packet[l4 + 13] &= (byte) (from + length == frame.length ? 0xFF : 0xF6);
            } else {
                set(packet, l4 + 4, packet.length - l4);
            }
            set(packet, l4 + work.checksumOffset(), pseudoHeader(packet, protocol(frame), packet.length - l4));
            complete(packet, work);
            packets.add(packet);
        }
        return packets;
    }

    /** Over IPv4: the outer headers are repeated, with lengths of their own; a checksum of 0 stays. */
    private static List<byte[]> cutInTunnel(final byte[] frame, final Work work) {
        final int inner = work.innerAt();
        final int l3 = l3(frame);
        final int l4 = l4(frame);
        final Work innerWork = new Work(
                work.checksumAt() - inner, work.checksumOffset(), work.segmentSize(), work.segmentKind(), false);
        final List<byte[]> packets = new ArrayList<>();
        for (final byte[] one : cut(Arrays.copyOfRange(frame, inner, frame.length), innerWork)) {
            final byte[] packet = Arrays.copyOf(frame, inner + one.length);
            System.arraycopy(one, 0, packet, inner, one.length);
            set(packet, l3 + 2, packet.length - l3);
            set(packet, l3 + 10, 0);
            set(packet, l3 + 10, ~sum(packet, l3, l4));
            if (protocol(frame) == UDP) {
                set(packet, l4 + 4, packet.length - l4);
            }
            packets.add(packet);
        }
        return packets;
    }

    private static int pseudoHeader(final byte[] frame, final int protocol, final int length) {
        final int l3 = l3(frame);
        final int addresses = isIpv4(frame) ? sum(frame, l3 + 12, l3 + 20) : sum(frame, l3 + 8, l3 + 40);
        return fold(addresses + protocol + length);
    }

    private static int sum(final byte[] frame, final int from, final int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum = fold(sum + ((i - from) % 2 == 0 ? (frame[i] & 0xFF) << 8 : frame[i] & 0xFF));
        }
        return sum;
    }

    private static int fold(final int sum) {
        int folded = sum;
        while (folded > 0xFFFF) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return folded;
    }

    private static int get(final byte[] frame, final int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private static void set(final byte[] frame, final int at, final int value) {
        frame[at] = (byte) (value >>> 8);
        frame[at + 1] = (byte) value;
    }
}
