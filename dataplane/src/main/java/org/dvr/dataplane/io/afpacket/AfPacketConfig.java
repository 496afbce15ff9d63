package org.dvr.dataplane.io.afpacket;

import org.agrona.BitUtil;

/**
 * How a device is opened.
 *
 * @param device name, 1 to 15 bytes
 * @param receive how the receive ring is laid out; default {@link Receive#FRAMES}: a frame is seen at once
 * @param receiveFrames frames that may wait, a power of two, 32 to 65,536. A ring that does not fit the processor's second-level
 *     cache costs: 2 MB are 8 % faster than 8 MB. Default 1,024 for guests, 2,048 for wires: as many microseconds at a million frames a second
 * @param frameSize bytes that a waiting frame may take in the ring, with about 100 of the kernel's own; a power of two, 2,048 to 65,536. Longer ones wait
 *     in the socket's queue, up to {@link #QUEUE_BYTES} of them, and cost a system call each: underlays with jumbo frames want 16,384. Default 2,048
 * @param transmit how frames are handed to the kernel; default {@link Transmit#PROGRAM}
 * @param isPromiscuous frames to MACs that are not the device's own are received too: wires whose MACs are ours want it, guests' devices are so by nature
 * @param bypassesQdisc frames go to the driver past queueing disciplines, tc filters and captures on this host (PACKET_QDISC_BYPASS); not with
 *     {@link Transmit#PROGRAM}, whose bursts cannot and must not be overtaken. On veth devices it saves nothing. Default false
 * @param filter which frames are received, null = all
 * @param carriesTunnels large segments may be sent into VXLAN and GRE tunnels over IPv4 uncut: a program at the device's egress (TCX, Linux 6.6) puts the headers in front;
 *     with {@link Transmit#PROGRAM} only, and where the kernel refuses it they are cut before. Default false
 * @param fanoutGroup number of the sockets that share the device's frames, 0 to 65,535 and unique in the network namespace; -1 = none. Default -1
 * @param fanout by what they share them
 */
public record AfPacketConfig(
        String device,
        Receive receive,
        int receiveFrames,
        int frameSize,
        Transmit transmit,
        boolean isPromiscuous,
        boolean bypassesQdisc,
        PacketFilter filter,
        boolean carriesTunnels,
        int fanoutGroup,
        Fanout fanout) {
    /** Bytes of long frames that may wait: some 150 segments of 64 KiB, as the kernel accounts for them, more than a TCP connection has under way by default. */
    static final int QUEUE_BYTES = 24 << 20;

    /** Layout of the receive ring. */
    public enum Receive {
        /** TPACKET_V2: each frame is handed over by itself, at once. Long ones cost a system call. */
        FRAMES,

        /**
         * TPACKET_V3: blocks of frames, handed over when full or after a millisecond. Some 4 % cheaper for floods of small frames, a millisecond late
         * otherwise; frames of any length lie in them.
         */
        BLOCKS
    }

    /** Way of transmission. */
    public enum Transmit {
        /**
         * A program in the kernel, run once per burst; needs CAP_BPF and CAP_NET_ADMIN, where these are missing it is as {@link #BATCH}. From four frames on
         * it takes half the time of the others on veth devices, and completes checksums before. What
         * is longer than the device's MTU when it is opened goes as by {@link #BATCH}. So does what a
         * thread of another network namespace sends.
         */
        PROGRAM,

        /** sendmmsg(2), a call per burst. 5 % cheaper than the ring on veth devices, where the kernel copies out of the ring what it sends. */
        BATCH,

        /** PACKET_TX_RING, a call per burst; frames longer than 2 KiB go by themselves. */
        RING
    }

    /** What decides which of a group's sockets receives a frame. */
    public enum Fanout {
        /** PACKET_FANOUT_HASH: a hash of addresses and ports, the same in both directions; the innermost are not looked at. */
        HASH(0),

        /** PACKET_FANOUT_CPU: the core that the kernel received it on. */
        CPU(2),

        /** PACKET_FANOUT_QM: the device's queue. */
        QUEUE(5);

        final int mode;

        Fanout(final int mode) {
            this.mode = mode;
        }
    }

    /** Checks ranges. */
    public AfPacketConfig {
        check(!device.isEmpty() && device.length() <= 15, "device must be 1 to 15 bytes, device=", device);
        check(
                BitUtil.isPowerOfTwo(receiveFrames) && receiveFrames >= 32 && receiveFrames <= 65_536,
                "receiveFrames must be a power of two, 32 to 65536, receiveFrames=",
                receiveFrames);
        check(
                BitUtil.isPowerOfTwo(frameSize) && frameSize >= 2_048 && frameSize <= 65_536,
                "frameSize must be a power of two, 2048 to 65536, frameSize=",
                frameSize);
        check((long) receiveFrames * frameSize <= 1 << 30, "the ring must not exceed 1 GiB, frameSize=", frameSize);
        check(fanoutGroup >= -1 && fanoutGroup <= 0xffff, "fanoutGroup must be -1 to 65535, fanoutGroup=", fanoutGroup);
    }

    private static void check(final boolean isRight, final String message, final Object value) {
        if (!isRight) {
            throw new IllegalArgumentException(message + value);
        }
    }

    /**
     * A guest's device, with defaults.
     *
     * @param device name
     * @return everything is received
     */
    public static AfPacketConfig guest(final String device) {
        return new AfPacketConfig(
                device, Receive.FRAMES, 1_024, 2_048, Transmit.PROGRAM, false, false, null, false, -1, Fanout.HASH);
    }

    /**
     * A device of an underlay or of a physical network, with defaults.
     *
     * @param device name
     * @param filter which frames are received, null = all
     * @return promiscuous
     */
    public static AfPacketConfig wire(final String device, final PacketFilter filter) {
        return new AfPacketConfig(
                device, Receive.FRAMES, 2_048, 2_048, Transmit.PROGRAM, true, false, filter, false, -1, Fanout.HASH);
    }

    /** @return the same, but large segments may be sent into tunnels uncut */
    public AfPacketConfig withTunnels() {
        return new AfPacketConfig(
                device,
                receive,
                receiveFrames,
                frameSize,
                transmit,
                isPromiscuous,
                bypassesQdisc,
                filter,
                true,
                fanoutGroup,
                fanout);
    }

    /**
     * @param layout of the receive ring
     * @return the same but for it
     */
    public AfPacketConfig withReceive(final Receive layout) {
        return new AfPacketConfig(
                device,
                layout,
                receiveFrames,
                frameSize,
                transmit,
                isPromiscuous,
                bypassesQdisc,
                filter,
                carriesTunnels,
                fanoutGroup,
                fanout);
    }

    /**
     * @param frames that may wait
     * @param size bytes of each
     * @return the same but for them
     */
    public AfPacketConfig withRing(final int frames, final int size) {
        return new AfPacketConfig(
                device,
                receive,
                frames,
                size,
                transmit,
                isPromiscuous,
                bypassesQdisc,
                filter,
                carriesTunnels,
                fanoutGroup,
                fanout);
    }

    /**
     * @param way of transmission
     * @param bypasses queueing disciplines, tc filters and captures
     * @return the same but for them
     */
    public AfPacketConfig withTransmit(final Transmit way, final boolean bypasses) {
        return new AfPacketConfig(
                device,
                receive,
                receiveFrames,
                frameSize,
                way,
                isPromiscuous,
                bypasses,
                filter,
                carriesTunnels,
                fanoutGroup,
                fanout);
    }

    /**
     * @param group number of the sockets that share the device's frames
     * @param mode by what they share them
     * @return the same but for them
     */
    public AfPacketConfig withFanout(final int group, final Fanout mode) {
        return new AfPacketConfig(
                device,
                receive,
                receiveFrames,
                frameSize,
                transmit,
                isPromiscuous,
                bypassesQdisc,
                filter,
                carriesTunnels,
                group,
                mode);
    }
}
