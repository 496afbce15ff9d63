package org.dvr.dataplane.io.netlink;

/**
 * Something has changed about a device. What changes at once is told one after the other, in the order of {@link Change}.
 *
 * @param change what
 * @param link the device as it is now; as it was last when it is gone
 * @param before the device as it was; null when it has just appeared
 */
public record LinkEvent(Change change, Link link, Link before) {
    /** What can happen to a device. One that gets another name vanishes and appears, and so does one that is made anew with the old name. */
    public enum Change {
        VANISHED,
        APPEARED,
        MAC,
        MTU,
        DOWN,
        UP,
        CARRIER_LOST,
        CARRIER_FOUND
    }

    /** Takes events. */
    public interface Listener {
        /**
         * @param event in the order in which things happened
         */
        void onLinkEvent(LinkEvent event);
    }
}
