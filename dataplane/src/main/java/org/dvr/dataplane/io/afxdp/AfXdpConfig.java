package org.dvr.dataplane.io.afxdp;

import java.util.List;
import org.agrona.BitUtil;

/**
 * How a wire device is opened.
 *
 * @param device name, 1 to 15 bytes
 * @param traffic what of it is ours
 * @param queues receive queues to serve, empty = all that the device has; what comes by others is left to the kernel. Default all
 * @param ringSize entries of each ring, a power of two, 64 to 32,768; twice as many chunks of 4 KiB are locked in memory per queue. Default 2,048: 16 MiB
 * @param attachment where the XDP program runs. Default {@link Attachment#ANY}
 * @param copying whether the device writes to our memory itself. Default {@link Copying#ANY}
 * @param isPromiscuous frames to MACs that are not the device's own are received too. Default: for {@link XdpTraffic.All}
 * @param findsPartialChecksums senders on this machine leave checksums to devices, and XDP does not tell: look for sums of the pseudo-header only. Default
 *     true; costs some nanoseconds, and is of no use on a device with a cable
 */
public record AfXdpConfig(
        String device,
        XdpTraffic traffic,
        List<Integer> queues,
        int ringSize,
        Attachment attachment,
        Copying copying,
        boolean isPromiscuous,
        boolean findsPartialChecksums) {
    private static final int DEFAULT_RING_SIZE = 2_048;

    /** Where an XDP program runs. */
    public enum Attachment {
        /** In the driver where it can, otherwise as {@link #GENERIC}. */
        ANY,

        /** In the driver ({@code XDP_FLAGS_DRV_MODE}), or not at all. */
        NATIVE,

        /** Behind the driver, on a socket buffer ({@code XDP_FLAGS_SKB_MODE}): every driver, slower. */
        GENERIC
    }

    /** How frames come into our memory. */
    public enum Copying {
        /** By the device where its driver can, otherwise copied. */
        ANY,

        /** Copied by the kernel ({@code XDP_COPY}). */
        COPY,

        /** By the device ({@code XDP_ZEROCOPY}), or not at all. */
        ZERO_COPY
    }

    /** Checks ranges. */
    public AfXdpConfig {
        queues = List.copyOf(queues);
        check(!device.isEmpty() && device.length() <= 15, "device must be 1 to 15 bytes, device=", device);
        check(
                BitUtil.isPowerOfTwo(ringSize) && ringSize >= 64 && ringSize <= 32_768,
                "ringSize must be a power of two, 64 to 32768, ringSize=",
                ringSize);
        for (final int queue : queues) {
            check(queue >= 0, "queues must not be negative, queue=", queue);
        }
    }

    private static void check(final boolean isRight, final String message, final Object value) {
        if (!isRight) {
            throw new IllegalArgumentException(message + value);
        }
    }

    /**
     * A wire device, with defaults.
     *
     * @param device name
     * @param traffic what of it is ours
     * @return all queues, whatever the driver does best
     */
    public static AfXdpConfig wire(final String device, final XdpTraffic traffic) {
        return new AfXdpConfig(
                device,
                traffic,
                List.of(),
                DEFAULT_RING_SIZE,
                Attachment.ANY,
                Copying.ANY,
                traffic instanceof XdpTraffic.All,
                true);
    }

    /**
     * @param where the XDP program runs
     * @param how frames come into our memory
     * @return the same but for them
     */
    public AfXdpConfig withMode(final Attachment where, final Copying how) {
        return new AfXdpConfig(device, traffic, queues, ringSize, where, how, isPromiscuous, findsPartialChecksums);
    }

    /**
     * @param served receive queues, empty = all
     * @param size entries of each ring
     * @return the same but for them
     */
    public AfXdpConfig withQueues(final List<Integer> served, final int size) {
        return new AfXdpConfig(
                device, traffic, served, size, attachment, copying, isPromiscuous, findsPartialChecksums);
    }

    /**
     * @param finds partial checksums
     * @return the same but for that
     */
    public AfXdpConfig withPartialChecksums(final boolean finds) {
        return new AfXdpConfig(device, traffic, queues, ringSize, attachment, copying, isPromiscuous, finds);
    }
}
