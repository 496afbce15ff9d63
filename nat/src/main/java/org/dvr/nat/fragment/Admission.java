package org.dvr.nat.fragment;

/** What {@link FragmentTable#admit} says of a fragment. */
public enum Admission {
    /** The first to come of its packet; what waited under its reference belongs to a packet that has been forgotten. */
    OPENED,
    /** Another part of a known packet. */
    KNOWN,
    /** All of it has been seen before: it says nothing new, and the packet is none the worse for it. */
    REPEATED,
    /** It overlaps or contradicts what has been seen: the whole packet is refused from now on (RFC 5722 §3). */
    OVERLAP,
    /** A part of a packet that has been refused. */
    REFUSED
}
