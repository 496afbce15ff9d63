package org.dvr.pcaps.netfilter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts fragments that a router sent together again: one router may cut where another does not. */
final class Reassembly {
    private static final int ETHERNET_LENGTH = 14;

    private Reassembly() {}

    /**
     * Replaces the fragments of each packet that is complete by the packet.
     *
     * @param sent frames in order
     * @return the same without fragments, where the first of each stood; fragments of incomplete packets as they are
     */
    static List<Sent> reassembled(final List<Sent> sent) {
        final Map<String, List<Sent>> packets = new LinkedHashMap<>();
        for (final Sent one : sent) {
            final Packet packet = Packet.of(one.frame());
            final String key = packet == null || !packet.isFragment()
                    ? "whole " + packets.size()
                    : one.side() + packet.source() + packet.destination() + packet.protocol() + "/" + packet.id() + "/"
                            + packet.ttl() + Arrays.toString(Arrays.copyOf(one.frame(), ETHERNET_LENGTH));
            packets.computeIfAbsent(key, none -> new ArrayList<>()).add(one);
        }
        final List<Sent> whole = new ArrayList<>();
        for (final List<Sent> parts : packets.values()) {
            final Sent joined = parts.size() == 1 ? null : join(parts);
            if (joined == null) {
                whole.addAll(parts);
            } else {
                whole.add(joined);
            }
        }
        return whole;
    }

    private static Sent join(final List<Sent> parts) {
        final List<Sent> ordered = new ArrayList<>(parts);
        ordered.sort(Comparator.comparingInt(part -> Packet.of(part.frame()).fragmentOffset()));
        final Packet last = Packet.of(ordered.getLast().frame());
        if (last.hasMoreFragments()) {
            return null;
        }
        final int length = last.fragmentOffset() + last.payload().length;
        final byte[] first = ordered.getFirst().frame();
        final int headers = ETHERNET_LENGTH + Packet.of(first).headerLength();
        final byte[] frame = Arrays.copyOf(first, headers + length);
        int filled = 0;
        for (final Sent part : ordered) {
            final Packet packet = Packet.of(part.frame());
            if (packet.fragmentOffset() != filled) {
                return null; // a gap, or an overlap
            }
            final byte[] payload = packet.payload();
            System.arraycopy(payload, 0, frame, headers + filled, payload.length);
            filled += payload.length;
        }
        setLengthAndFlags(frame, headers - ETHERNET_LENGTH + length);
        return new Sent(parts.getFirst().side(), frame);
    }

    private static void setLengthAndFlags(final byte[] frame, final int totalLength) {
        put(frame, 2, totalLength);
        put(frame, 6, Packet.u16(frame, ETHERNET_LENGTH + 6) & 0x4000);
        put(frame, 10, 0);
        int sum = 0;
        for (int i = 0; i < (frame[ETHERNET_LENGTH] & 0xF) * 4; i += 2) {
            sum += Packet.u16(frame, ETHERNET_LENGTH + i);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        put(frame, 10, ~((sum & 0xFFFF) + (sum >>> 16)) & 0xFFFF);
    }

    private static void put(final byte[] frame, final int at, final int value) {
        frame[ETHERNET_LENGTH + at] = (byte) (value >>> 8);
        frame[ETHERNET_LENGTH + at + 1] = (byte) value;
    }
}
