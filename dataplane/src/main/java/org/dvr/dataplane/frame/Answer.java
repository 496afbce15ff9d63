package org.dvr.dataplane.frame;

/** What is sent back on account of a frame, besides what happens to the frame itself. */
public enum Answer {
    NONE,
    /** ARP reply: {@link Verdict#answerIp} is at {@link Verdict#answerMac}. */
    ARP_REPLY,
    /** Neighbor advertisement: the solicited address is at {@link Verdict#answerMac}. */
    NEIGHBOR_ADVERTISEMENT,
    /** ICMPv6 echo reply from the address that was asked. */
    ECHO_REPLY6,
    /** ICMPv6 error of {@link Verdict#icmpType} and {@link Verdict#icmpCode}. */
    ICMPV6_ERROR,
    /** ICMP echo reply from the address that was asked. */
    ECHO_REPLY,
    /** ICMP error of {@link Verdict#icmpType} and {@link Verdict#icmpCode} from {@link Verdict#answerIp}. */
    ICMP_ERROR
}
