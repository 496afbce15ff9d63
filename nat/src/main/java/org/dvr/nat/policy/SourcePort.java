package org.dvr.nat.policy;

/** What may become of the source port, or the identifier of ICMP echo, when a source address is replaced (limits.md C6). */
public enum SourcePort {
    /** It stays; when the answers are taken, the connection is refused. */
    KEEP,
    /** It stays while no other connection uses it towards the same remote address and port; else another is chosen. */
    KEEP_IF_FREE,
    /** Another is chosen, even when it is free. */
    RANDOM
}
