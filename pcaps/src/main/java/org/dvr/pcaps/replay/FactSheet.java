package org.dvr.pcaps.replay;

import java.util.ArrayList;
import java.util.List;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.parse.FrameParser;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.WorkerConfig;

/** The facts of a frame as people read them: what the parser of the packet path finds, looked at apart from it. */
public final class FactSheet {
    /**
     * One line.
     *
     * @param name  what about
     * @param value what
     */
    public record Fact(String name, String value) {}

    private final List<Fact> lines = new ArrayList<>();

    private FactSheet() {}

    /**
     * Parses a frame.
     *
     * @param attachment where it comes in
     * @param bytes      the frame
     * @param topology   in force
     * @return its facts; of a malformed frame those that can be told
     */
    public static List<Fact> of(final Attachment attachment, final byte[] bytes, final TopologySnapshot topology) {
        final Frame frame = new FramePool(1, WorkerConfig.REPLAY.frameCapacity()).take();
        frame.buffer().putBytes(frame.start(), bytes, 0, Math.min(bytes.length, frame.capacity()));
        frame.received(attachment, bytes.length);
        new FrameParser().parse(frame, topology);
        final FactSheet sheet = new FactSheet();
        sheet.add("arrives at", attachment + (attachment.segment() == null ? "" : ", network " + attachment.segment()));
        if (frame.verdict.action == Action.DROP) {
            sheet.add("malformed", frame.verdict.dropReason.sentence());
        } else {
            sheet.sound(frame.facts, bytes.length);
        }
        return sheet.lines;
    }

    private void add(final String name, final String value) {
        lines.add(new Fact(name, value));
    }

    private void sound(final Facts facts, final int length) {
        if (facts.tunnel != Tunnel.NONE) {
            add(
                    "tunnel",
                    facts.tunnel + " from " + facts.appendPeer(new StringBuilder())
                            + (facts.tunnel == Tunnel.VXLAN ? ", VNI " : ", key ")
                            + Integer.toUnsignedString(facts.segmentationId));
        }
        add(
                "frame",
                MacAddress.toString(facts.sourceMac) + " > " + MacAddress.toString(facts.destinationMac)
                        + String.format(", ethertype 0x%04x, ", facts.etherType)
                        + (facts.vlanId == Facts.UNTAGGED ? "untagged, " : "VLAN " + facts.vlanId + ", ")
                        + length + " bytes as received");
        switch (facts.etherType) {
            case EtherType.ARP -> arp(facts);
            case EtherType.IPV4, EtherType.IPV6 -> packet(facts);
            default -> {
                // the frame is all there is
            }
        }
    }

    private void arp(final Facts facts) {
        add(
                "ARP",
                (facts.arpOperation == 1
                                ? "request"
                                : facts.arpOperation == 2 ? "reply" : "operation " + facts.arpOperation)
                        + ", sender " + Ipv4Address.toString(facts.arpSenderIp) + " "
                        + MacAddress.toString(facts.arpSenderMac)
                        + ", target " + Ipv4Address.toString(facts.arpTargetIp) + " "
                        + MacAddress.toString(facts.arpTargetMac));
    }

    private void packet(final Facts facts) {
        if (facts.ipFault != DecodeFault.NONE) {
            add("packet", "bad: " + facts.ipFault.label());
            return;
        }
        final boolean isIpv4 = facts.etherType == EtherType.IPV4;
        final String addresses = isIpv4
                ? Ipv4Address.toString(facts.source) + " > " + Ipv4Address.toString(facts.destination)
                : Ipv6Address.toString(facts.sourceHigh, facts.sourceLow) + " > "
                        + Ipv6Address.toString(facts.destinationHigh, facts.destinationLow);
        add(
                "packet",
                (isIpv4 ? "IPv4 " : "IPv6 ") + addresses + (isIpv4 ? ", TTL " : ", hop limit ") + facts.ttl
                        + ", TOS " + facts.tos + ", " + facts.packetLength + " bytes"
                        + (facts.hasDontFragment ? ", don't fragment" : "")
                        + (facts.isFragment ? ", fragment at " + facts.fragmentOffset : ""));
        if (facts.fragmentOffset > 0) {
            return;
        }
        final String name =
                switch (facts.protocol) {
                    case IpProtocol.TCP -> "TCP";
                    case IpProtocol.UDP -> "UDP";
                    case IpProtocol.ICMP -> "ICMP";
                    case IpProtocol.ICMPV6 -> "ICMPv6";
                    default -> "protocol " + facts.protocol;
                };
        if (facts.transportFault != DecodeFault.NONE) {
            add("transport", name + ", bad: " + facts.transportFault.label());
        } else if (facts.icmpType >= 0) {
            add(
                    "transport",
                    name + ", type " + facts.icmpType
                            + (facts.sourcePort == 0 ? "" : ", identifier " + facts.sourcePort));
        } else if (facts.protocol == IpProtocol.TCP || facts.protocol == IpProtocol.UDP) {
            add(
                    "transport",
                    name + ", port " + facts.sourcePort + " > " + facts.destinationPort
                            + (facts.protocol == IpProtocol.TCP
                                    ? String.format(", flags 0x%02x", facts.tcpFlags)
                                    : ""));
        } else {
            add("transport", name);
        }
    }
}
