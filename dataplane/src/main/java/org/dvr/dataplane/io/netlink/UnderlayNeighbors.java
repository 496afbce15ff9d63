package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.nativeOrder;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.topology.IpAddress;

/**
 * The kernel's neighbors on one device, kept by its messages about them. It asks for a neighbor, and asks again before it forgets it, while it is told that
 * the neighbor is in use: {@link #use}, some times a minute. Nothing of that outlives this process, unlike an entry marked as managed.
 */
final class UnderlayNeighbors {
    /** What the kernel knows of one: a MAC in the low 48 bits, 0 = none, and NUD_... */
    record Entry(long mac, int state) {
        boolean isResolved() {
            return mac != 0 && (state & Rtnetlink.NUD_VALID) != 0;
        }

        boolean isStatic() {
            return (state & (Rtnetlink.NUD_PERMANENT | Rtnetlink.NUD_NOARP)) != 0;
        }
    }

    private static final Entry UNKNOWN = new Entry(0, 0);

    private final Map<IpAddress, Entry> entries = new HashMap<>();
    private final Set<IpAddress> wanted = new HashSet<>();
    private final Set<IpAddress> silent = new HashSet<>();
    private int index;

    /** Asks for all neighbors of a device. */
    void reread(final NetlinkSocket requests, final int device) throws IOException {
        if (device != index) {
            entries.clear();
            silent.clear();
        }
        index = device;
        final Set<IpAddress> seen = new HashSet<>();
        requests.dump(
                new Request("list neighbors", Rtnetlink.RTM_GETNEIGH, Rtnetlink.NLM_F_DUMP, Rtnetlink.NDMSG_LENGTH),
                seen::clear,
                (type, buffer, offset, end) -> {
                    final IpAddress address = take(type, buffer, offset, end);
                    if (address != null) {
                        seen.add(address);
                    }
                });
        entries.keySet().retainAll(seen);
    }

    /** Takes a message up, if it is about a neighbor on the device; {@return whether it was}. */
    boolean onMessage(final int type, final DirectBuffer buffer, final int offset, final int end) {
        return take(type, buffer, offset, end) != null;
    }

    private IpAddress take(final int type, final DirectBuffer buffer, final int offset, final int end) {
        if ((type != Rtnetlink.RTM_NEWNEIGH && type != Rtnetlink.RTM_DELNEIGH)
                || end - offset < Rtnetlink.NDMSG_LENGTH
                || buffer.getInt(offset + Rtnetlink.NDMSG_INDEX, nativeOrder()) != index
                || (buffer.getByte(offset + Rtnetlink.NDMSG_FLAGS) & Rtnetlink.NTF_PROXY) != 0) {
            return null;
        }
        final int state = buffer.getShort(offset + Rtnetlink.NDMSG_STATE, nativeOrder());
        IpAddress address = null;
        long mac = 0;
        final Attributes attributes = new Attributes().wrap(buffer, offset + Rtnetlink.NDMSG_LENGTH, end);
        while (attributes.next()) {
            if (attributes.type() == Rtnetlink.NDA_DST) {
                address = attributes.asAddress(0);
            } else if (attributes.type() == Rtnetlink.NDA_LLADDR) {
                mac = attributes.asMac();
            }
        }
        if (address == null) {
            return null; // a bridge's forwarding entry
        }
        if (type == Rtnetlink.RTM_DELNEIGH) {
            entries.remove(address);
        } else {
            final Entry entry = new Entry(mac, state);
            entries.put(address, entry);
            // Asked again, or forgotten, a silent one is silent until it answers: otherwise it would be told of anew
            // each time.
            if (entry.isResolved()) {
                silent.remove(address);
            } else if ((state & Rtnetlink.NUD_FAILED) != 0 && wanted.contains(address)) {
                silent.add(address);
            }
        }
        return address;
    }

    /** {@return whether the kernel has asked for one in vain and heard nothing since; only of those that are wanted} */
    boolean isSilent(final IpAddress address) {
        return silent.contains(address);
    }

    /** Says which ones matter. */
    void want(final Set<IpAddress> all) {
        wanted.clear();
        wanted.addAll(all);
        silent.retainAll(all);
        for (final IpAddress each : all) {
            if ((find(each).state() & Rtnetlink.NUD_FAILED) != 0) {
                silent.add(each);
            }
        }
    }

    Entry find(final IpAddress address) {
        return entries.getOrDefault(address, UNKNOWN);
    }

    /** Tells the kernel that a neighbor is in use. One that an operator has set is left alone: being told so would make it an ordinary one. */
    void use(final NetlinkSocket requests, final IpAddress address) throws IOException {
        if (find(address).isStatic()) {
            return;
        }
        requests.execute(new Request(
                        "ask for neighbor " + address,
                        Rtnetlink.RTM_NEWNEIGH,
                        Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_REPLACE,
                        Rtnetlink.NDMSG_LENGTH)
                .header8(0, address.isIpv4() ? Rtnetlink.AF_INET : Rtnetlink.AF_INET6)
                .header32(Rtnetlink.NDMSG_INDEX, index)
                .header8(Rtnetlink.NDMSG_FLAGS, Rtnetlink.NTF_USE)
                .attribute(Rtnetlink.NDA_DST, address));
    }
}
