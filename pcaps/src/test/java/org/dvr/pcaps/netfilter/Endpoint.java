package org.dvr.pcaps.netfilter;

import java.util.List;

/**
 * Who talks through the router.
 *
 * @param side leg it is behind
 * @param ip its address
 * @param mac of itself, or of the router it is behind
 * @param floatingIp by which the outside reaches it, null without one
 */
record Endpoint(Side side, String ip, String mac, String floatingIp) {
    private static final String UPSTREAM_MAC = "fa:16:3e:00:0e:01";

    static final List<Endpoint> GUESTS = List.of(
            new Endpoint(Side.INSIDE_A, "10.0.1.11", "fa:16:3e:00:0a:11", null),
            new Endpoint(Side.INSIDE_A, "10.0.1.12", "fa:16:3e:00:0a:12", null),
            new Endpoint(Side.INSIDE_A, "10.0.1.13", "fa:16:3e:00:0a:13", "203.0.113.71"),
            new Endpoint(Side.INSIDE_A, "10.0.1.14", "fa:16:3e:00:0a:14", "203.0.113.72"),
            new Endpoint(Side.INSIDE_B, "10.0.2.11", "fa:16:3e:00:0b:11", null),
            new Endpoint(Side.INSIDE_B, "10.0.2.12", "fa:16:3e:00:0b:12", "203.0.113.73"));

    static final List<Endpoint> WITH_FLOATING_IP =
            GUESTS.stream().filter(guest -> guest.floatingIp() != null).toList();

    /** Somebody outside of whom no flow is known. */
    static final Endpoint STRANGER = new Endpoint(Side.OUTSIDE, "198.51.100.77", UPSTREAM_MAC, null);

    static final List<Endpoint> OUTSIDERS = List.of(
            new Endpoint(Side.OUTSIDE, "203.0.113.200", "fa:16:3e:00:0e:c8", null),
            new Endpoint(Side.OUTSIDE, "198.51.100.8", UPSTREAM_MAC, null),
            new Endpoint(Side.OUTSIDE, "198.51.100.9", UPSTREAM_MAC, null));

    /** A router on the way that has no flow of its own but tells of errors. */
    static final Endpoint MIDDLE = new Endpoint(Side.OUTSIDE, "192.0.2.77", UPSTREAM_MAC, null);
}
