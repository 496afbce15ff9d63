package org.dvr.dataplane.topology;

import org.agrona.collections.Int2ObjectHashMap;

/**
 * The way to the metadata proxy of this host: a device of the host's own stack, at the attachment point {@code metadata}. Requests get there
 * with another source, a number that stands for the guest and its router, so that the host can tell guests with the same address apart and needs no
 * namespace; answers come back by the same number. No connection is tracked: one number stands for one guest.
 */
public final class MetadataPort {
    /** Name of the attachment point. */
    public static final String NAME = "metadata";

    /** 169.254.169.254, what guests ask. */
    public static final int SERVICE_IP = 0xA9FE_A9FE;

    /** TCP port that guests ask. */
    public static final int SERVICE_PORT = 80;

    /** MAC that the host's device has to have; the prefix is that of Neutron's own metadata extension (dvr.md §6.6). */
    public static final long DEVICE_MAC = 0xFA16_EE00_0001L;

    /** MAC of every guest as the device sees them. */
    public static final long GUESTS_MAC = 0xFA16_EE00_0002L;

    /** 240.0.0.0, the network of the numbers that stand for guests. */
    public static final int NETWORK = 0xF000_0000;

    /** Its prefix length. */
    public static final int PREFIX_LENGTH = 16;

    private final Attachment attachment;
    private final MetadataProxy proxy;
    final Int2ObjectHashMap<MetadataGuest> guests = new Int2ObjectHashMap<>();

    MetadataPort(final Attachment attachment, final MetadataProxy proxy) {
        this.attachment = attachment;
        this.proxy = proxy;
    }

    public Attachment attachment() {
        return attachment;
    }

    /** @return where the proxy listens */
    public MetadataProxy proxy() {
        return proxy;
    }

    /**
     * The guest behind a number.
     *
     * @param address of 240.0.0.0/16
     * @return null where it stands for nobody
     */
    public MetadataGuest guest(final int address) {
        return guests.get(address);
    }

    /** @return how many addresses of guests there are */
    public int size() {
        return guests.size();
    }
}
