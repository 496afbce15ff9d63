package org.dvr.pcaps.file;

/** Link types of capture files, as registered at tcpdump.org; only Ethernet is read. Cold. */
final class LinkType {
    static final int ETHERNET = 1;
    static final String REMEDY = "capture on an Ethernet device";

    private LinkType() {}

    /** The number, and the name of the link types that people meet. */
    static String describe(final int linkType) {
        final String name =
                switch (linkType) {
                    case 0 -> "BSD loopback";
                    case ETHERNET -> "Ethernet";
                    case 6 -> "Token Ring";
                    case 9 -> "PPP";
                    case 12, 14, 101 -> "raw IP";
                    case 50 -> "PPP over serial HDLC";
                    case 51 -> "PPPoE";
                    case 104 -> "Cisco HDLC";
                    case 105 -> "802.11";
                    case 107 -> "Frame Relay";
                    case 108 -> "OpenBSD loopback";
                    case 113 -> "Linux cooked";
                    case 127 -> "802.11 with radiotap";
                    case 195 -> "802.15.4";
                    case 220 -> "USB";
                    case 228 -> "raw IPv4";
                    case 229 -> "raw IPv6";
                    case 239 -> "netfilter log";
                    case 252 -> "Wireshark upper PDU";
                    case 253 -> "netlink";
                    case 276 -> "Linux cooked v2";
                    default -> null;
                };
        return name == null ? Integer.toString(linkType) : linkType + " (" + name + ")";
    }
}
