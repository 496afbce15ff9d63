package org.dvr.app.run;

import java.net.InetAddress;
import java.util.List;
import org.dvr.dataplane.io.netlink.Link;

/** The devices of this machine, by name. */
interface Links extends AutoCloseable {
    /**
     * Looks for a device.
     *
     * @param name of the device
     * @return null where there is none
     */
    Link find(String name);

    /**
     * Looks for the device that has an address.
     *
     * @param address of this machine
     * @return name of the device, empty where no device has it
     */
    String holder(InetAddress address);

    /** {@return the names of all devices} */
    List<String> names();

    /** {@return whether anything has changed since the last call; it is taken up} */
    boolean refresh();

    @Override
    default void close() {}
}
