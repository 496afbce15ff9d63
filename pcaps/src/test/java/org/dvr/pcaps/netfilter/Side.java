package org.dvr.pcaps.netfilter;

/** A leg of the router; as {@code recording/netfilter-router} has it, in its order. */
enum Side {
    INSIDE_A(0, "inside-a", "fa:16:3e:00:0a:02", "10.0.1.2", 1_500),
    INSIDE_B(1, "inside-b", "fa:16:3e:00:0b:02", "10.0.2.2", 1_400),
    OUTSIDE(2, "outside", "fa:16:3e:00:0e:30", Side.GATEWAY_IP, 1_450);

    static final String GATEWAY_IP = "203.0.113.30";

    private static final Side[] VALUES = values();

    private final int point;
    private final String label;
    private final String routerMac;
    private final String routerIp;
    private final int mtu;

    Side(final int point, final String label, final String routerMac, final String routerIp, final int mtu) {
        this.point = point;
        this.label = label;
        this.routerMac = routerMac;
        this.routerIp = routerIp;
        this.mtu = mtu;
    }

    static Side of(final int point) {
        return VALUES[point];
    }

    /** {@return its number in the exchange with the kernel} */
    int point() {
        return point;
    }

    String label() {
        return label;
    }

    String routerMac() {
        return routerMac;
    }

    String routerIp() {
        return routerIp;
    }

    int mtu() {
        return mtu;
    }
}
