package org.dvr.dataplane.io.netlink;

/** Numbers of the kernel's headers {@code linux/netlink.h}, {@code rtnetlink.h}, {@code if_link.h}, {@code if_addr.h} and {@code neighbour.h}. */
final class Rtnetlink {
    static final int AF_UNSPEC = 0;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;

    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWNEIGH = 28;
    static final int RTM_DELNEIGH = 29;
    static final int RTM_GETNEIGH = 30;

    static final int RTNLGRP_LINK = 1;
    static final int RTNLGRP_NEIGH = 3;
    static final int RTNLGRP_IPV4_IFADDR = 5;
    static final int RTNLGRP_IPV4_ROUTE = 7;
    static final int RTNLGRP_IPV6_IFADDR = 9;
    static final int RTNLGRP_IPV6_ROUTE = 11;

    /** {@code struct ifinfomsg}: family (1), pad (1), type (2), index (4), flags (4), change (4). */
    static final int IFINFO_LENGTH = 16;

    static final int IFINFO_INDEX = 4;
    static final int IFINFO_FLAGS = 8;
    static final int IFINFO_CHANGE = 12;

    static final int IFF_UP = 0x1;
    static final int IFF_LOWER_UP = 0x1_0000;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_EXT_MASK = 29;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;
    static final int VETH_INFO_PEER = 1;
    static final int RTEXT_FILTER_SKIP_STATS = 0x8;

    /** {@code struct ifaddrmsg}: family (1), prefix length (1), flags (1), scope (1), index (4). */
    static final int IFADDR_LENGTH = 8;

    static final int IFADDR_INDEX = 4;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;

    /** {@code struct rtmsg}: family, destination length, source length, TOS, table, protocol, scope, type (1 each), flags (4). */
    static final int RTMSG_LENGTH = 12;

    static final int RTMSG_TYPE = 7;
    static final int RTN_UNICAST = 1;
    static final int RTN_LOCAL = 2;
    static final int RTA_DST = 1;
    static final int RTA_SRC = 2;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_METRICS = 8;
    static final int RTA_VIA = 18;
    static final int RTAX_MTU = 2;

    /** {@code struct ndmsg}: family (1), pad (3), index (4), state (2), flags (1), type (1). */
    static final int NDMSG_LENGTH = 12;

    static final int NDMSG_INDEX = 4;
    static final int NDMSG_STATE = 8;
    static final int NDMSG_FLAGS = 10;
    static final int NDA_DST = 1;
    static final int NDA_LLADDR = 2;
    static final int NTF_USE = 0x1;
    static final int NTF_PROXY = 0x8;

    static final int NUD_INCOMPLETE = 0x01;
    static final int NUD_FAILED = 0x20;
    static final int NUD_NOARP = 0x40;
    static final int NUD_PERMANENT = 0x80;

    /** Reachable, stale, delay, probe, no-ARP, permanent. */
    static final int NUD_VALID = 0xDE;

    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENETUNREACH = 101;
    static final int ENOBUFS = 105;
    static final int EHOSTUNREACH = 113;

    private Rtnetlink() {}

    /** {@return a length rounded up to where the next header or attribute begins} */
    static int align(final int length) {
        return (length + 3) & ~3;
    }
}
