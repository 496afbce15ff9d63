package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.nativeOrder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.io.netlink.LinkEvent.Change;

/** The devices of a network namespace, kept by the kernel's messages about them. */
final class LinkTable {
    private final Map<Integer, Link> byIndex = new TreeMap<>();
    private final Map<String, Link> byName = new HashMap<>();

    Link find(final String name) {
        return byName.get(name);
    }

    Link find(final int index) {
        return byIndex.get(index);
    }

    Collection<Link> all() {
        return List.copyOf(byIndex.values());
    }

    static Request dump() {
        return new Request("list devices", Rtnetlink.RTM_GETLINK, Rtnetlink.NLM_F_DUMP, Rtnetlink.IFINFO_LENGTH)
                .attribute(Rtnetlink.IFLA_EXT_MASK, Rtnetlink.RTEXT_FILTER_SKIP_STATS);
    }

    /** Takes a message up; others than those about devices are left alone. */
    void onMessage(
            final int type,
            final DirectBuffer buffer,
            final int offset,
            final int end,
            final LinkEvent.Listener listener) {
        if ((type != Rtnetlink.RTM_NEWLINK && type != Rtnetlink.RTM_DELLINK) || !isOfDevice(buffer, offset, end)) {
            return;
        }
        if (type == Rtnetlink.RTM_NEWLINK) {
            change(read(buffer, offset, end), listener);
        } else {
            remove(buffer.getInt(offset + Rtnetlink.IFINFO_INDEX, nativeOrder()), listener);
        }
    }

    /** Takes a whole list up in place of what was known. */
    void replace(final Map<Integer, Link> links, final LinkEvent.Listener listener) {
        for (final Link old : new ArrayList<>(byIndex.values())) {
            final Link link = links.get(old.index());
            if (link == null || !link.name().equals(old.name())) {
                remove(old.index(), listener); // first, so that names are free for those that have them now
            }
        }
        for (final Link link : links.values()) {
            change(link, listener);
        }
    }

    /** A bridge speaks of its ports by messages of the same type: who leaves a bridge does not vanish. */
    static boolean isOfDevice(final DirectBuffer buffer, final int offset, final int end) {
        return end - offset >= Rtnetlink.IFINFO_LENGTH && buffer.getByte(offset) == Rtnetlink.AF_UNSPEC;
    }

    static Link read(final DirectBuffer buffer, final int offset, final int end) {
        final int flags = buffer.getInt(offset + Rtnetlink.IFINFO_FLAGS, nativeOrder());
        String name = "";
        String kind = "";
        long mac = 0;
        int mtu = 0;
        final Attributes attributes = new Attributes().wrap(buffer, offset + Rtnetlink.IFINFO_LENGTH, end);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.IFLA_IFNAME -> name = attributes.asText();
                case Rtnetlink.IFLA_ADDRESS -> mac = attributes.asMac();
                case Rtnetlink.IFLA_MTU -> mtu = attributes.asInt();
                case Rtnetlink.IFLA_LINKINFO -> kind = kind(attributes.nested());
                default -> {} // of no interest here
            }
        }
        return new Link(
                buffer.getInt(offset + Rtnetlink.IFINFO_INDEX, nativeOrder()),
                name,
                mac,
                mtu,
                (flags & Rtnetlink.IFF_UP) != 0,
                (flags & Rtnetlink.IFF_LOWER_UP) != 0,
                kind);
    }

    private static String kind(final Attributes info) {
        while (info.next()) {
            if (info.type() == Rtnetlink.IFLA_INFO_KIND) {
                return info.asText();
            }
        }
        return "";
    }

    private void remove(final int index, final LinkEvent.Listener listener) {
        final Link old = byIndex.remove(index);
        if (old != null) {
            byName.remove(old.name(), old);
            listener.onLinkEvent(new LinkEvent(Change.VANISHED, old, old));
        }
    }

    private void change(final Link link, final LinkEvent.Listener listener) {
        final Link old = byIndex.get(link.index());
        if (old != null && !old.name().equals(link.name())) {
            remove(old.index(), listener);
            change(link, listener);
            return;
        }
        byIndex.put(link.index(), link);
        byName.put(link.name(), link);
        if (old == null) {
            listener.onLinkEvent(new LinkEvent(Change.APPEARED, link, null));
            return;
        }
        tell(old.mac() != link.mac(), Change.MAC, link, old, listener);
        tell(old.mtu() != link.mtu(), Change.MTU, link, old, listener);
        tell(old.isUp() && !link.isUp(), Change.DOWN, link, old, listener);
        tell(!old.isUp() && link.isUp(), Change.UP, link, old, listener);
        tell(old.hasCarrier() && !link.hasCarrier(), Change.CARRIER_LOST, link, old, listener);
        tell(!old.hasCarrier() && link.hasCarrier(), Change.CARRIER_FOUND, link, old, listener);
    }

    private static void tell(
            final boolean isSo,
            final Change change,
            final Link link,
            final Link old,
            final LinkEvent.Listener listener) {
        if (isSo) {
            listener.onLinkEvent(new LinkEvent(change, link, old));
        }
    }
}
