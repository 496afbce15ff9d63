package org.dvr.pcaps.flood;

import org.dvr.codec.testing.TestFrames;

/** Where a flood is withstood: who suffers, who floods, how both are reached, and by which address they are known outside. */
enum Place {
    /** Guests with a floating IP each: b1 suffers, a1 floods. */
    COMPUTE("compute1", "tapport-b1", "tapport-a1", "10.0.2.11", "203.0.113.61", "203.0.113.51", 62) {
        @Override
        TestFrames fromVictim(final String to) {
            return TestFrames.ethernet("fa:16:3e:0b:00:11", "fa:16:3e:0b:00:01").ipv4("10.0.2.11", to);
        }

        @Override
        TestFrames fromFlooder(final String to) {
            return TestFrames.ethernet("fa:16:3e:0a:00:11", "fa:16:3e:0a:00:01").ipv4("10.0.1.11", to);
        }

        @Override
        byte[] carried(final byte[] frame) {
            return frame;
        }

        @Override
        TestFrames fromOutside(final String from, final String to) {
            return TestFrames.ethernet(UPSTREAM, "fa:16:3e:0e:00:41").ipv4(from, to);
        }
    },

    /** Guests of other hosts that share the gateway address: a3 of compute1 suffers, a2 of compute2 floods. */
    NETWORK("network1", "underlay", "underlay", "10.0.1.13", "203.0.113.30", "203.0.113.30", 63) {
        @Override
        TestFrames fromVictim(final String to) {
            return TestFrames.ethernet("fa:16:3f:00:00:01", CSNAT_MAC)
                    .ipv4("10.0.1.13", to)
                    .ttl(63);
        }

        @Override
        TestFrames fromFlooder(final String to) {
            return TestFrames.ethernet("fa:16:3f:00:00:02", CSNAT_MAC)
                    .ipv4("10.0.1.12", to)
                    .ttl(63);
        }

        @Override
        byte[] carried(final byte[] frame) {
            final int host = frame[11]; // the last byte of the DVR MAC
            return TestFrames.vxlan(
                    "02:00:00:00:00:0" + host, "02:00:00:00:00:03", "172.16.0." + host, "172.16.0.3", 101, frame);
        }

        @Override
        TestFrames fromOutside(final String from, final String to) {
            return TestFrames.ethernet(UPSTREAM, "fa:16:3e:0e:00:30").ipv4(from, to);
        }
    };

    /** The attachment point of the external network. */
    static final String OUTSIDE = "provider";

    /** TTL of what leaves to the outside, routed at the guest's host and where it is translated. */
    static final int TTL_OUT = 62;

    private static final String UPSTREAM = "52:54:00:00:00:01";
    private static final String CSNAT_MAC = "fa:16:3e:0a:00:02";

    private final String host;
    private final String victimPoint;
    private final String flooderPoint;
    private final String victimInside;
    private final String victimOutside;
    private final String flooderOutside;
    private final int ttlIn;

    Place(
            final String host,
            final String victimPoint,
            final String flooderPoint,
            final String victimInside,
            final String victimOutside,
            final String flooderOutside,
            final int ttlIn) {
        this.host = host;
        this.victimPoint = victimPoint;
        this.flooderPoint = flooderPoint;
        this.victimInside = victimInside;
        this.victimOutside = victimOutside;
        this.flooderOutside = flooderOutside;
        this.ttlIn = ttlIn;
    }

    /** {@return the host under replay} */
    String host() {
        return host;
    }

    /** {@return the attachment point of the guest that suffers} */
    String victimPoint() {
        return victimPoint;
    }

    /** {@return the attachment point of the guest that floods} */
    String flooderPoint() {
        return flooderPoint;
    }

    /** {@return the fixed address of the guest that suffers} */
    String victimInside() {
        return victimInside;
    }

    /** {@return the address that the guest that suffers has outside} */
    String victimOutside() {
        return victimOutside;
    }

    /** {@return the address that the guest that floods has outside} */
    String flooderOutside() {
        return flooderOutside;
    }

    /** {@return TTL of what arrives at a guest's attachment point, sent with 64} */
    int ttlIn() {
        return ttlIn;
    }

    /** {@return the beginning of a frame of the guest that suffers, as this host gets it} */
    abstract TestFrames fromVictim(String to);

    /** {@return the beginning of a frame of the guest that floods, as this host gets it} */
    abstract TestFrames fromFlooder(String to);

    /** {@return a guest's frame as it comes in: in a tunnel where the guest is elsewhere} */
    abstract byte[] carried(byte[] frame);

    /** {@return the beginning of a frame of somebody outside} */
    abstract TestFrames fromOutside(String from, String to);
}
