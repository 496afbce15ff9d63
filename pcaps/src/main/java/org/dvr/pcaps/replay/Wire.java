package org.dvr.pcaps.replay;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.pcaps.port.FrameSink;

/**
 * What hosts are wired to each other by: a switch, as IEEE 802.1Q describes it, and a tap that sees every frame once, when it is sent. It
 * learns behind which port a MAC of a VLAN is and forgets it after 300 seconds of virtual time. A frame for a MAC that it knows goes to that
 * port alone, any other (multicast, unknown) to all ports in order of host; none goes back to where it came from. A frame that is sent at
 * some time arrives at that time.
 */
final class Wire {
    /** The port behind which everybody is that is not under replay. */
    static final int OUTSIDE = -1;

    private static final int FLOOD = -2;

    static final long AGEING_NS = 300_000_000_000L;

    private static final long NEVER_FORGOTTEN = Long.MAX_VALUE;

    /** MACs known at most, so that a capture of random MACs does not fill the memory; others are flooded. */
    private static final int CAPACITY = 65_536;

    private static final long MULTICAST_BIT = 1L << 40;
    private static final int VLAN_SHIFT = 48;

    private record Place(int port, long seenNs) {}

    private final int index;
    private final String name;
    private final FrameSink tap;
    private final InFlight inFlight;
    private final Map<Long, Place> places = new HashMap<>();
    private int[] ports = new int[0];
    private long frames;
    private long bytes;

    /**
     * A wire to which nobody is wired yet.
     *
     * @param index    what the tap knows it by
     * @param name     what its captures are called
     * @param tap      takes every frame
     * @param inFlight takes every frame for each port that it goes to
     */
    Wire(final int index, final String name, final FrameSink tap, final InFlight inFlight) {
        this.index = index;
        this.name = name;
        this.tap = tap;
        this.inFlight = inFlight;
    }

    String name() {
        return name;
    }

    /** How many frames were sent on it. */
    long frames() {
        return frames;
    }

    /** How many bytes were sent on it. */
    long bytes() {
        return bytes;
    }

    /** Wires a port, unless it is. */
    void plug(final int port) {
        final int at = Arrays.binarySearch(ports, port);
        if (at < 0) {
            ports = Arrays.copyOf(ports, ports.length + 1);
            ports[ports.length - 1] = port;
            Arrays.sort(ports);
        }
    }

    /** Takes a port off the wire, and forgets who was behind it. */
    void unplug(final int port) {
        final int at = Arrays.binarySearch(ports, port);
        if (at >= 0) {
            final int[] rest = new int[ports.length - 1];
            System.arraycopy(ports, 0, rest, 0, at);
            System.arraycopy(ports, at + 1, rest, at, rest.length - at);
            ports = rest;
            places.values().removeIf(place -> place.port == port);
        }
    }

    /** Knows a MAC in frames without a tag, and does not forget it while nobody else uses it: a device that is up speaks now and then. */
    void know(final long mac, final int port) {
        places.put(mac, new Place(port, NEVER_FORGOTTEN));
    }

    private void learn(final long key, final int port, final long nowNs) {
        final Place known = places.get(key);
        if (known != null && known.port == port && known.seenNs == NEVER_FORGOTTEN) {
            return;
        }
        if (known != null || places.size() < CAPACITY) {
            places.put(key, new Place(port, nowNs));
        }
    }

    /** Sends a frame: the tap sees it now, the ports that it goes to in the next round. */
    void send(final int from, final DirectBuffer buffer, final int offset, final int length, final long nowNs) {
        frames++;
        bytes += length;
        tap.sent(index, name, buffer, offset, length, nowNs);
        final int to = length < EthernetHeader.LENGTH ? from : destination(from, buffer, offset, length, nowNs);
        if (to != FLOOD) {
            if (to != from && to != OUTSIDE) {
                inFlight.add(to, buffer, offset, length, nowNs);
            }
            return;
        }
        for (final int port : ports) {
            if (port != from) {
                inFlight.add(port, buffer, offset, length, nowNs);
            }
        }
    }

    private int destination(
            final int from, final DirectBuffer buffer, final int offset, final int length, final long nowNs) {
        final long destination = buffer.getLong(offset, ByteOrder.BIG_ENDIAN) >>> 16;
        final long source = buffer.getLong(offset + 4, ByteOrder.BIG_ENDIAN) & 0xFFFF_FFFF_FFFFL;
        final long vlan = vlan(buffer, offset, length);
        if ((source & MULTICAST_BIT) == 0) {
            learn(source | vlan << VLAN_SHIFT, from, nowNs);
        }
        if ((destination & MULTICAST_BIT) != 0) {
            return FLOOD;
        }
        final Place place = places.get(destination | vlan << VLAN_SHIFT);
        return place == null || nowNs - place.seenNs > AGEING_NS ? FLOOD : place.port;
    }

    private static int vlan(final DirectBuffer buffer, final int offset, final int length) {
        final int type = buffer.getShort(offset + 12, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        return type == EtherType.VLAN && length >= EthernetHeader.LENGTH + VlanTag.LENGTH
                ? buffer.getShort(offset + EthernetHeader.LENGTH, ByteOrder.BIG_ENDIAN) & 0xFFF
                : 0;
    }
}
