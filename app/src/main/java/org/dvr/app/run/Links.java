package org.dvr.app.run;

/** The devices of this machine, by name. */
interface Links {
    /**
     * A device as it is now.
     *
     * @param name  of the device
     * @param index of the device: another one of the same name has another
     * @param mac   low 48 bits, 0 = none
     * @param mtu   largest packet in bytes
     * @param isUp  administratively up
     */
    record Link(String name, int index, long mac, int mtu, boolean isUp) {}

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
     * @param ip IPv4 address of this machine
     * @return name of the device, empty where no device has it
     */
    String holder(int ip);

    /** Takes up what has changed. */
    void refresh();
}
