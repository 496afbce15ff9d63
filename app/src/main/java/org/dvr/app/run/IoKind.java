package org.dvr.app.run;

/** How the devices of wires, underlay and physical networks, are opened ({@code --io}). Guests' devices are always packet sockets, but for pcap. */
public enum IoKind {
    /** Packet sockets with rings. */
    AFPACKET,
    /** AF_XDP sockets. */
    AFXDP,
    /** libpcap: slower, for machines without the others. */
    PCAP
}
