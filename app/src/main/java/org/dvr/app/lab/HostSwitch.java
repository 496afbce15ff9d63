package org.dvr.app.lab;

import org.dvr.app.lab.Cast.Network;

/** What joins guests, routers and tunnels on a host that is not ours: br-int and br-tun of the original. */
interface HostSwitch {
    /** Makes it, with the guests' devices in it and the tunnels. */
    void build();

    /**
     * Takes in a device of a router.
     *
     * @param device  in the host's namespace
     * @param network whose
     * @param mac     of the router's end
     */
    void plug(String device, Network network, String mac);

    /** Sets it going: everything has been plugged in. */
    void finish();
}
