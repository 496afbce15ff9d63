package org.dvr.app.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv4Prefix;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.watch.FrameFilter;

/**
 * Reads the filter of a live trace, the language of {@code docs/observability.md}, and makes compares of primitives of it.
 *
 * <pre>
 *   filter  = [ either ]
 *   either  = all { "or" all }          all = one { "and" one }
 *   one     = "not" one | "(" either ")" | primitive
 *   primitive = [ "src" | "dst" ] ( "host" ADDRESS | "net" PREFIX | "port" NUMBER | "mac" MAC )
 *             | "proto" NAME-OR-NUMBER | "arp" | "ip" | "ip6" | "icmp" | "icmp6" | "tcp" | "udp" | "sctp"
 *             | "in" ATTACHMENT-POINT | "vni" NUMBER | "vlan" NUMBER | "dropped"
 * </pre>
 *
 * Addresses and ports are those of the packet as it comes in, inside any tunnel. {@code dropped} stands beside the rest, joined by {@code and}: what becomes
 * of a frame is known only at the end.
 */
public final class FilterParser {
    /** Parentheses and {@code not} within each other. */
    private static final int MAX_DEPTH = 32;

    private static final Map<String, Integer> PROTOCOLS = Map.of(
            "icmp",
            IpProtocol.ICMP,
            "tcp",
            IpProtocol.TCP,
            "udp",
            IpProtocol.UDP,
            "gre",
            IpProtocol.GRE,
            "esp",
            IpProtocol.ESP,
            "icmp6",
            IpProtocol.ICMPV6,
            "sctp",
            IpProtocol.SCTP,
            "vrrp",
            IpProtocol.VRRP);

    private static final Condition DROPPED = new Condition(frame -> true, true);

    /**
     * A filter that has been read.
     *
     * @param filter chooses frames
     * @param isOfDropped whether only those that are dropped are wanted
     */
    public record Condition(FrameFilter filter, boolean isOfDropped) {}

    private final List<String> words;
    private final TopologySnapshot topology;
    private int next;

    private FilterParser(final List<String> words, final TopologySnapshot topology) {
        this.words = words;
        this.topology = topology;
    }

    /**
     * Reads a filter.
     *
     * @param text any, empty = every frame
     * @param topology tells attachment points
     * @return what it says
     * @throws ObserveException in one line, saying which word cannot be used
     */
    public static Condition parse(final String text, final TopologySnapshot topology) {
        final List<String> words = words(text);
        if (words.isEmpty()) {
            return new Condition(frame -> true, false);
        }
        final FilterParser parser = new FilterParser(words, topology);
        final Condition condition = parser.either(0);
        if (parser.next < words.size()) {
            throw wrong("after '" + words.get(parser.next - 1) + "' comes 'and' or 'or', not '" + words.get(parser.next)
                    + "'");
        }
        return condition;
    }

    private static List<String> words(final String text) {
        final List<String> words = new ArrayList<>();
        for (final String word :
                text.replace("(", " ( ").replace(")", " ) ").strip().split("\\s+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static ObserveException wrong(final String message) {
        return new ObserveException("filter: " + message);
    }

    private boolean takes(final String word) {
        if (next < words.size() && words.get(next).equals(word)) {
            next++;
            return true;
        }
        return false;
    }

    private String word(final String after, final String what) {
        if (next == words.size()) {
            throw wrong("'" + after + "' takes " + what + ", and nothing follows it");
        }
        return words.get(next++);
    }

    private Condition either(final int depth) {
        Condition left = all(depth);
        while (takes("or")) {
            final Condition right = all(depth);
            if (left.isOfDropped() || right.isOfDropped()) {
                throw wrong("'dropped' stands beside the rest, joined by 'and'; here it is joined by 'or'");
            }
            final FrameFilter one = left.filter();
            final FrameFilter other = right.filter();
            left = new Condition(frame -> one.matches(frame) || other.matches(frame), false);
        }
        return left;
    }

    private Condition all(final int depth) {
        Condition left = one(depth);
        while (takes("and")) {
            final Condition right = one(depth);
            final FrameFilter one = left.filter();
            final FrameFilter other = right.filter();
            final boolean isOfDropped = left.isOfDropped() || right.isOfDropped();
            left = new Condition(frame -> one.matches(frame) && other.matches(frame), isOfDropped);
        }
        return left;
    }

    private Condition one(final int depth) {
        if (depth == MAX_DEPTH) {
            throw wrong("more than " + MAX_DEPTH + " parentheses and 'not' within each other");
        }
        if (takes("not")) {
            final Condition inner = one(depth + 1);
            if (inner.isOfDropped()) {
                throw wrong("'dropped' stands beside the rest; 'not dropped' cannot be told in time");
            }
            final FrameFilter filter = inner.filter();
            return new Condition(frame -> !filter.matches(frame), false);
        }
        if (takes("(")) {
            final Condition inner = either(depth + 1);
            if (!takes(")")) {
                throw wrong("a parenthesis is not closed");
            }
            return inner;
        }
        if (next == words.size()) {
            throw wrong(next == 0 ? "is empty" : "nothing follows '" + words.get(next - 1) + "'");
        }
        if (takes("dropped")) {
            return DROPPED;
        }
        return new Condition(primitive(words.get(next++)), false);
    }

    private FrameFilter primitive(final String word) {
        return switch (word) {
            case "src", "dst" -> directed(word);
            case "host" -> host(true, true);
            case "net" -> net(true, true);
            case "port" -> port(true, true);
            case "mac" -> mac(true, true);
            case "proto" -> protocol(word(word, "a protocol"));
            case "arp" -> etherType(EtherType.ARP);
            case "ip" -> etherType(EtherType.IPV4);
            case "ip6" -> etherType(EtherType.IPV6);
            case "icmp", "icmp6", "tcp", "udp", "sctp" -> protocol(word);
            case "in" -> in(word(word, "an attachment point"));
            case "vni" -> vni(number(word, 0, 0xFFFF_FFFFL));
            case "vlan" -> vlan((int) number(word, 0, 4_095));
            default ->
                throw wrong(
                        "'" + word + "' is none of host, net, port, mac, src, dst, proto, arp, ip, ip6, icmp, icmp6,"
                                + " tcp, udp, sctp, in, vni, vlan, dropped, not");
        };
    }

    private FrameFilter directed(final String word) {
        final boolean isSource = word.equals("src");
        final String kind = word(word, "host, net, port or mac");
        return switch (kind) {
            case "host" -> host(isSource, !isSource);
            case "net" -> net(isSource, !isSource);
            case "port" -> port(isSource, !isSource);
            case "mac" -> mac(isSource, !isSource);
            default -> throw wrong("'" + word + "' takes host, net, port or mac, not '" + kind + "'");
        };
    }

    /** Of a frame that could not be parsed nothing is known but where it came in. */
    private static boolean isParsed(final Frame frame) {
        return frame.verdict.action == Action.NONE;
    }

    private static boolean isPacket(final Frame frame, final int etherType) {
        final Facts facts = frame.facts;
        return isParsed(frame) && facts.etherType == etherType && facts.ipFault == DecodeFault.NONE;
    }

    private static FrameFilter etherType(final int etherType) {
        return frame -> isParsed(frame) && frame.facts.etherType == etherType;
    }

    private FrameFilter host(final boolean bySource, final boolean byDestination) {
        final String text = word("host", "an address");
        if (text.indexOf(':') >= 0) {
            return host6(text, bySource, byDestination);
        }
        return addresses(ipv4(text), -1, bySource, byDestination);
    }

    private static int ipv4(final String text) {
        try {
            return Ipv4Address.parse(text);
        } catch (final IllegalArgumentException e) {
            throw wrong("'" + text + "' is no IPv4 or IPv6 address");
        }
    }

    private FrameFilter net(final boolean bySource, final boolean byDestination) {
        final String text = word("net", "a prefix such as 10.0.1.0/24");
        try {
            final long prefix = Ipv4Prefix.parse(text);
            return addresses(
                    Ipv4Prefix.address(prefix), Ipv4Prefix.mask(Ipv4Prefix.length(prefix)), bySource, byDestination);
        } catch (final IllegalArgumentException e) {
            throw wrong("'" + text + "' is no IPv4 prefix such as 10.0.1.0/24");
        }
    }

    /** Packets by their addresses, ARP by its sender and target. */
    private static FrameFilter addresses(
            final int address, final int mask, final boolean bySource, final boolean byDestination) {
        return frame -> {
            final Facts facts = frame.facts;
            final int source;
            final int destination;
            if (isPacket(frame, EtherType.IPV4)) {
                source = facts.source;
                destination = facts.destination;
            } else if (isParsed(frame) && facts.etherType == EtherType.ARP) {
                source = facts.arpSenderIp;
                destination = facts.arpTargetIp;
            } else {
                return false;
            }
            return (bySource && ((source ^ address) & mask) == 0)
                    || (byDestination && ((destination ^ address) & mask) == 0);
        };
    }

    private static FrameFilter host6(final String text, final boolean bySource, final boolean byDestination) {
        final long high;
        final long low;
        try {
            high = Ipv6Address.high(text);
            low = Ipv6Address.low(text);
        } catch (final IllegalArgumentException e) {
            throw wrong("'" + text + "' is no IPv4 or IPv6 address");
        }
        return frame -> isPacket(frame, EtherType.IPV6)
                && ((bySource && frame.facts.sourceHigh == high && frame.facts.sourceLow == low)
                        || (byDestination && frame.facts.destinationHigh == high && frame.facts.destinationLow == low));
    }

    private FrameFilter port(final boolean bySource, final boolean byDestination) {
        final int port = (int) number("port", 0, 65_535);
        return frame -> {
            final Facts facts = frame.facts;
            final boolean hasPorts = (isPacket(frame, EtherType.IPV4) || isPacket(frame, EtherType.IPV6))
                    && (facts.protocol == IpProtocol.TCP
                            || facts.protocol == IpProtocol.UDP
                            || facts.protocol == IpProtocol.SCTP)
                    && !facts.isLaterFragment();
            return hasPorts
                    && ((bySource && facts.sourcePort == port) || (byDestination && facts.destinationPort == port));
        };
    }

    private FrameFilter mac(final boolean bySource, final boolean byDestination) {
        final String text = word("mac", "a MAC address");
        final long mac;
        try {
            mac = MacAddress.parse(text);
        } catch (final IllegalArgumentException e) {
            throw wrong("'" + text + "' is no MAC address");
        }
        return frame -> isParsed(frame)
                && ((bySource && frame.facts.sourceMac == mac) || (byDestination && frame.facts.destinationMac == mac));
    }

    private static FrameFilter protocol(final String text) {
        if (text.equals("arp")) {
            return etherType(EtherType.ARP);
        }
        final int protocol = PROTOCOLS.containsKey(text) ? PROTOCOLS.get(text) : protocolNumber(text);
        return frame -> (isPacket(frame, EtherType.IPV4) || isPacket(frame, EtherType.IPV6))
                && frame.facts.protocol == protocol;
    }

    private static int protocolNumber(final String text) {
        try {
            final int number = Integer.parseInt(text);
            if (number >= 0 && number <= 255) {
                return number;
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        throw wrong(
                "'" + text + "' is no protocol: arp, icmp, icmp6, tcp, udp, sctp, gre, esp, vrrp or a number to 255");
    }

    private FrameFilter in(final String name) {
        for (final Attachment attachment : topology.attachments()) {
            if (attachment.name().equals(name)) {
                final int id = attachment.id();
                return frame -> frame.ingress() != null && frame.ingress().id() == id;
            }
        }
        throw wrong("there is no attachment point '" + name + "' on host " + topology.host());
    }

    /** Tunnel frames by what they carry, frames of guests by the network they are in. */
    private static FrameFilter vni(final long number) {
        final int id = (int) number;
        return frame -> {
            final Attachment from = frame.ingress();
            if (isParsed(frame) && frame.facts.tunnel != Tunnel.NONE) {
                return frame.facts.segmentationId == id;
            }
            return from != null
                    && from.segment() != null
                    && from.segment().segmentationId() == id
                    && (from.segment().type() == NetworkType.VXLAN
                            || from.segment().type() == NetworkType.GRE);
        };
    }

    private static FrameFilter vlan(final int id) {
        return frame -> isParsed(frame) && frame.facts.vlanId == id;
    }

    private long number(final String after, final long least, final long most) {
        final String text = word(after, "a number from " + least + " to " + most);
        try {
            final long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        throw wrong("'" + after + "' takes a number from " + least + " to " + most + ", not '" + text + "'");
    }
}
