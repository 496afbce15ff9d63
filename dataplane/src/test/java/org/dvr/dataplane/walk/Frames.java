package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.TN_MAC;

import org.dvr.codec.testing.TestFrames;

/** Frames that many walks need. */
final class Frames {
    static final String NO_MAC = "00:00:00:00:00:00";

    private Frames() {}

    static TestFrames udpFrom(final String source, final String destination, final String from, final String to) {
        return ethernet(source, destination).ipv4(from, to).udp(4000, 5000).payload(20);
    }

    static byte[] udp(final String source, final String destination, final String from, final String to) {
        return udpFrom(source, destination, from, to).build();
    }

    static byte[] tcp(
            final String source,
            final String destination,
            final String from,
            final String to,
            final int sourcePort,
            final int destinationPort,
            final int flags) {
        return ethernet(source, destination)
                .ipv4(from, to)
                .tcp(sourcePort, destinationPort, flags)
                .build();
    }

    static byte[] echo(final String source, final String destination, final String from, final String to) {
        return ethernet(source, destination)
                .ipv4(from, to)
                .icmpEcho(77, 1)
                .payload(32)
                .build();
    }

    static byte[] arpRequest(final String mac, final String ip, final String target) {
        return ethernet(mac, BROADCAST).arpRequest(mac, ip, target).build();
    }

    static byte[] arpReply(final String mac, final String ip, final String targetMac, final String target) {
        return ethernet(mac, targetMac).arpReply(mac, ip, targetMac, target).build();
    }

    /** From compute2 to compute1. */
    static byte[] vxlanFrom2(final int vni, final byte[] inner) {
        return TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, vni, inner);
    }

    /** From network1 to compute1. */
    static byte[] vxlanFromN(final int vni, final byte[] inner) {
        return TestFrames.vxlan(TN_MAC, T1_MAC, TN, T1, vni, inner);
    }

    /** From compute2 to compute1. */
    static byte[] greFrom2(final int key, final byte[] inner) {
        return TestFrames.gre(T2_MAC, T1_MAC, T2, T1, key, inner);
    }
}
