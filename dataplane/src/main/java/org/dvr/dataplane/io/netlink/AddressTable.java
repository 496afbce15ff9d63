package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.nativeOrder;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.topology.IpAddress;

/** The addresses of this host and the devices they are on, kept by the kernel's messages about them. */
final class AddressTable {
    private record Assignment(int index, IpAddress address) {}

    private final Set<Assignment> assignments = new HashSet<>();

    /** Asks for all of them anew. */
    void reread(final NetlinkSocket requests) throws IOException {
        requests.dump(
                new Request("list addresses", Rtnetlink.RTM_GETADDR, Rtnetlink.NLM_F_DUMP, Rtnetlink.IFADDR_LENGTH),
                assignments::clear,
                this::onMessage);
    }

    /** Takes a message up, if it is about addresses; {@return whether it was}. */
    boolean onMessage(final int type, final DirectBuffer buffer, final int offset, final int end) {
        if ((type != Rtnetlink.RTM_NEWADDR && type != Rtnetlink.RTM_DELADDR)
                || end - offset < Rtnetlink.IFADDR_LENGTH) {
            return false;
        }
        final int index = buffer.getInt(offset + Rtnetlink.IFADDR_INDEX, nativeOrder());
        IpAddress address = null;
        final Attributes attributes = new Attributes().wrap(buffer, offset + Rtnetlink.IFADDR_LENGTH, end);
        while (attributes.next()) {
            // IFA_ADDRESS is the other end's where a link has two of them; IFA_LOCAL, where it is given, is ours.
            if (attributes.type() == Rtnetlink.IFA_LOCAL
                    || (attributes.type() == Rtnetlink.IFA_ADDRESS && address == null)) {
                address = attributes.asAddress(0);
            }
        }
        if (address != null && type == Rtnetlink.RTM_NEWADDR) {
            assignments.add(new Assignment(index, address));
        } else {
            assignments.remove(new Assignment(index, address));
        }
        return true;
    }

    /** {@return the indexes of the devices that have an address, ascending} */
    Set<Integer> devicesWith(final IpAddress address) {
        final Set<Integer> indexes = new TreeSet<>();
        for (final Assignment assignment : assignments) {
            if (assignment.address().equals(address)) {
                indexes.add(assignment.index());
            }
        }
        return indexes;
    }
}
