package org.dvr.pcaps.netfilter;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.frame.DropReason;

/** One packet, in one frame or in fragments, given to both routers, and what each made of it. */
final class Exchange {
    private static final Set<String> OWN_ADDRESSES =
            Set.of(Side.GATEWAY_IP, Side.INSIDE_A.routerIp(), Side.INSIDE_B.routerIp());
    private static final int OWN_TTL = 64; // no packet of the traffic arrives with 65

    private final Kind kind;
    private final String story;
    private final Flow flow;
    private final boolean isToServer;
    private final Side side;
    private final List<byte[]> ourFrames;
    private final List<byte[]> kernelFrames;
    private List<Sent> ours = List.of();
    private List<Sent> kernel = List.of();
    private DropReason dropReason;

    /**
     * @param kind         of traffic
     * @param story        for people
     * @param flow         to which it belongs
     * @param isToServer   goes the flow's way, not back
     * @param side         where it arrives
     * @param ourFrames    as they are for our router
     * @param kernelFrames the same for the kernel's
     */
    Exchange(
            final Kind kind,
            final String story,
            final Flow flow,
            final boolean isToServer,
            final Side side,
            final List<byte[]> ourFrames,
            final List<byte[]> kernelFrames) {
        this.kind = kind;
        this.story = story;
        this.flow = flow;
        this.isToServer = isToServer;
        this.side = side;
        this.ourFrames = ourFrames;
        this.kernelFrames = kernelFrames;
    }

    Kind kind() {
        return kind;
    }

    Flow flow() {
        return flow;
    }

    boolean isToServer() {
        return isToServer;
    }

    Side side() {
        return side;
    }

    int frames() {
        return ourFrames.size();
    }

    List<byte[]> ourFrames() {
        return ourFrames;
    }

    List<byte[]> kernelFrames() {
        return kernelFrames;
    }

    void answered(final List<Sent> byUs, final List<Sent> byKernel, final DropReason reason) {
        ours = Reassembly.reassembled(byUs);
        kernel = Reassembly.reassembled(byKernel);
        dropReason = reason;
    }

    /** {@return what our router sent, fragments put together} */
    List<Sent> ours() {
        return ours;
    }

    /** {@return what the kernel sent, fragments put together} */
    List<Sent> kernel() {
        return kernel;
    }

    /** {@return why our router dropped the last frame, null where it did not} */
    DropReason dropReason() {
        return dropReason;
    }

    /** {@return the packet as the kernel was given it; of fragments the first that arrived} */
    Packet given() {
        return Packet.of(kernelFrames.getFirst());
    }

    /** {@return true when our router sent the packet, and nothing else, on to the other end with the addresses and ports of the flow} */
    boolean isTranslatedRightByUs() {
        if (ours.size() != 1 || flow.server() == null) {
            return false;
        }
        final Packet packet = Packet.of(ours.getFirst().frame());
        final Endpoint to = isToServer ? flow.server() : flow.client();
        final Mapping mapping = flow.ours();
        final boolean isRouted = ours.getFirst().side() == to.side()
                && packet.ttl() == Packet.of(ourFrames.getFirst()).ttl() - 1
                && packet.destination().equals(to.ip());
        if (Packet.of(ourFrames.getFirst()).isIcmpError()) {
            return isRouted && packet.isIcmpError();
        }
        return isRouted
                && packet.protocol() == flow.protocol()
                && packet.source().equals(isToServer ? mapping.ip() : flow.target())
                && (isToServer ? packet.sourcePort() == mapping.port() : packet.destinationPort() == flow.clientPort());
    }

    List<String> ourText() {
        return text(ours, flow.ours());
    }

    List<String> kernelText() {
        return text(kernel, flow.kernel());
    }

    private static List<String> text(final List<Sent> frames, final Mapping mapping) {
        final List<Sent> ordered = new ArrayList<>(frames);
        ordered.sort(Comparator.comparing(Sent::side)); // which leg is served first is nobody's business
        final List<String> text = new ArrayList<>();
        for (final Sent one : ordered) {
            final Packet packet = Packet.of(one.frame());
            text.add(one.side().label() + " " + mac(one.frame(), 6) + ">" + mac(one.frame(), 0) + " "
                    + (packet == null ? "not IPv4" : packet.describe(mapping, isOwn(packet))));
        }
        return text;
    }

    static boolean isOwn(final Packet packet) {
        return packet.ttl() == OWN_TTL && OWN_ADDRESSES.contains(packet.source());
    }

    private static String mac(final byte[] frame, final int at) {
        long mac = 0;
        for (int i = 0; i < 6; i++) {
            mac = (mac << 8) | (frame[at + i] & 0xFF);
        }
        return MacAddress.toString(mac);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder(kind + " " + story + " of " + flow + ", arrives " + side.label());
        for (final byte[] frame : ourFrames) {
            text.append("\n    in       ").append(Packet.of(frame).describe(Mapping.NONE, false));
        }
        ourText().forEach(line -> text.append("\n    ours     ").append(line));
        if (dropReason != null) {
            text.append("\n    ours     dropped ").append(dropReason);
        }
        kernelText().forEach(line -> text.append("\n    kernel's ").append(line));
        return text.toString();
    }
}
