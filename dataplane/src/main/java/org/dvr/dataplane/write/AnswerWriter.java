package org.dvr.dataplane.write;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;

/**
 * Makes frames of our own: ARP, echo replies, ICMP errors. It writes the packet; the stages decide its way and {@link FrameWriter} its MACs.
 */
public final class AnswerWriter {
    private static final int TTL = 64;
    /** Room for a quote: an error is at most 576 bytes (RFC 1812 §4.3.2.3). */
    private static final int QUOTE_LIMIT = 576 - Ipv4Header.MIN_LENGTH - IcmpHeader.LENGTH;

    private static final int QUOTE_LIMIT_6 = 1_280 - Ipv6Header.LENGTH - Icmpv6Header.LENGTH;
    private static final long ALL_NODES_HIGH = 0xFF02L << 48; // ff02::1
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;

    private final EthernetHeader ethernet = new EthernetHeader();
    private final Ipv4Header ip = new Ipv4Header();
    private final IcmpHeader icmp = new IcmpHeader();
    private final Ipv6Header ip6 = new Ipv6Header();
    private final Icmpv6Header icmp6 = new Icmpv6Header();
    private final NeighborDiscovery discovery = new NeighborDiscovery();
    private int nextId = 1;

    /**
     * Answers an ARP request (RFC 826): the verdict of the request tells the MAC.
     *
     * @param request consumed frame
     * @param out a fresh frame
     */
    public void arpReply(final Frame request, final Frame out) {
        final Facts facts = request.facts;
        final Verdict verdict = request.verdict;
        writeArp(
                out,
                facts.sourceMac,
                verdict.answerMac,
                ArpPacket.REPLY,
                verdict.answerMac,
                verdict.answerIp,
                facts.arpSenderMac,
                facts.arpSenderIp);
        out.received(request.ingress(), EthernetHeader.LENGTH + ArpPacket.LENGTH);
    }

    /**
     * Asks who has an address.
     *
     * @param out a fresh frame
     * @param senderMac who asks, low 48 bits
     * @param senderIp who asks
     * @param targetIp who is asked for
     */
    public void arpRequest(final Frame out, final long senderMac, final int senderIp, final int targetIp) {
        writeArp(out, MacAddress.BROADCAST, senderMac, ArpPacket.REQUEST, senderMac, senderIp, 0, targetIp);
        out.received(null, EthernetHeader.LENGTH + ArpPacket.LENGTH);
    }

    /**
     * Announces an address (gratuitous ARP, dvr.md §8.2).
     *
     * @param out a fresh frame
     * @param mac who has it, low 48 bits
     * @param announcedIp the address
     * @param operation {@link ArpPacket#REQUEST} for the request form, {@link ArpPacket#REPLY} for the reply form
     */
    public void announcement(final Frame out, final long mac, final int announcedIp, final int operation) {
        final long targetMac = operation == ArpPacket.REQUEST ? MacAddress.BROADCAST : mac;
        writeArp(out, MacAddress.BROADCAST, mac, operation, mac, announcedIp, targetMac, announcedIp);
        out.received(null, EthernetHeader.LENGTH + ArpPacket.LENGTH);
    }

    private void writeArp(
            final Frame out,
            final long destination,
            final long source,
            final int operation,
            final long senderMac,
            final int senderIp,
            final long targetMac,
            final int targetIp) {
        final MutableDirectBuffer buffer = out.buffer();
        final int offset = out.start();
        EthernetHeader.writeMacs(buffer, offset, destination, source);
        ethernet.wrap(buffer, offset).etherType(EtherType.ARP);
        out.facts.ownArp(offset, destination, source);
        ArpPacket.write(buffer, offset + EthernetHeader.LENGTH, operation, senderMac, senderIp, targetMac, targetIp);
    }

    /**
     * Answers an echo request: the verdict of the request tells the address. Its TTL is what is left of 64 after the hops between that address
     * and the sender that are inside this host.
     *
     * @param request consumed frame
     * @param out a fresh frame
     * @return true unless it does not fit
     */
    public boolean echoReply(final Frame request, final Frame out) {
        final Facts facts = request.facts;
        final int length = facts.packetLength - (facts.l4Offset - facts.l3Offset);
        final int total = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + length;
        if (total > out.capacity()) {
            return false;
        }
        final MutableDirectBuffer buffer = out.buffer();
        final int payload = writeIpv4(
                out, request.verdict.answerIp, facts.source, facts.tos, TTL - request.verdict.ttlCost, length);
        buffer.putBytes(payload, request.buffer(), facts.l4Offset, length);
        icmp.wrap(buffer, payload).type(IcmpHeader.ECHO_REPLY).code(0).updateChecksum(length);
        out.received(request.ingress(), total);
        return true;
    }

    /**
     * Tells a sender why its packet was dropped. The packet is quoted as its sender knows it, with the TTL it had at this hop
     * (contract.md §6 row 11).
     *
     * @param cause dropped frame, its bytes as received
     * @param out a fresh frame
     * @return true unless it does not fit
     */
    public boolean icmpError(final Frame cause, final Frame out) {
        final Facts facts = cause.facts;
        final Verdict verdict = cause.verdict;
        final int quoted = Math.min(facts.packetLength, QUOTE_LIMIT);
        final int length = IcmpHeader.LENGTH + quoted;
        final int total = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + length;
        if (total > out.capacity()) {
            return false;
        }
        final MutableDirectBuffer buffer = out.buffer();
        final int payload = writeIpv4(out, verdict.answerIp, facts.source, (facts.tos & 0x1E) | 0xC0, TTL, length);
        final int quote = payload + IcmpHeader.LENGTH;
        buffer.putBytes(quote, cause.buffer(), facts.l3Offset, quoted);
        ip.wrap(buffer, quote).ttl(facts.ttl - verdict.ttlCost).updateChecksum();
        icmp.wrap(buffer, payload).type(verdict.icmpType).code(verdict.icmpCode).rest(0);
        if (verdict.icmpMtu != 0) {
            icmp.mtu(verdict.icmpMtu);
        }
        icmp.updateChecksum(length);
        out.received(cause.ingress(), total);
        return true;
    }

    /**
     * Answers a neighbor solicitation for an anycast gateway (RFC 4861 §7.2.4).
     *
     * @param solicitation consumed frame
     * @param out a fresh frame
     */
    public void neighborAdvertisement(final Frame solicitation, final Frame out) {
        final Facts facts = solicitation.facts;
        final boolean isProbe = facts.sourceHigh == 0 && facts.sourceLow == 0; // duplicate address detection
        final int length = NeighborDiscovery.LENGTH + NeighborDiscovery.LINK_LAYER_ADDRESS_LENGTH;
        final int payload = writeIpv6(
                out,
                facts.ndTargetHigh,
                facts.ndTargetLow,
                isProbe ? ALL_NODES_HIGH : facts.sourceHigh,
                isProbe ? 1 : facts.sourceLow,
                255,
                length);
        icmp6.wrap(out.buffer(), payload)
                .type(Icmpv6Header.NEIGHBOR_ADVERTISEMENT)
                .code(0);
        discovery
                .wrap(out.buffer(), payload)
                .clearFlags()
                .router(true)
                .solicited(!isProbe)
                .override(true)
                .targetHigh(facts.ndTargetHigh)
                .targetLow(facts.ndTargetLow)
                .writeLinkLayerAddress(NeighborDiscovery.TARGET_LINK_LAYER_ADDRESS, solicitation.verdict.answerMac);
        finishIpv6(solicitation, out, payload, length);
        ethernet.wrap(out.buffer(), out.start())
                .destination(isProbe ? ALL_NODES_MAC : facts.sourceMac)
                .source(solicitation.verdict.answerMac);
    }

    /**
     * As {@link #echoReply}, for ICMPv6 (RFC 4443 §4.2).
     *
     * @param request consumed frame
     * @param out a fresh frame
     * @return true unless it does not fit
     */
    public boolean echoReply6(final Frame request, final Frame out) {
        final Facts facts = request.facts;
        final int length = facts.packetLength - (facts.l4Offset - facts.l3Offset);
        if (EthernetHeader.LENGTH + Ipv6Header.LENGTH + length > out.capacity()) {
            return false;
        }
        final int payload = writeIpv6(
                out,
                request.verdict.answerHigh,
                request.verdict.answerLow,
                facts.sourceHigh,
                facts.sourceLow,
                TTL,
                length);
        out.buffer().putBytes(payload, request.buffer(), facts.l4Offset, length);
        icmp6.wrap(out.buffer(), payload).type(Icmpv6Header.ECHO_REPLY).code(0);
        finishIpv6(request, out, payload, length);
        return true;
    }

    /**
     * As {@link #icmpError}, for ICMPv6: as much of the packet as keeps the error within 1,280 bytes (RFC 4443 §2.4 c).
     *
     * @param cause dropped frame, its bytes as received
     * @param out a fresh frame
     * @return true unless it does not fit
     */
    public boolean icmpv6Error(final Frame cause, final Frame out) {
        final Facts facts = cause.facts;
        final Verdict verdict = cause.verdict;
        final int quoted = Math.min(facts.packetLength, QUOTE_LIMIT_6);
        final int length = Icmpv6Header.LENGTH + quoted;
        if (EthernetHeader.LENGTH + Ipv6Header.LENGTH + length > out.capacity()) {
            return false;
        }
        final MutableDirectBuffer buffer = out.buffer();
        final int payload =
                writeIpv6(out, verdict.answerHigh, verdict.answerLow, facts.sourceHigh, facts.sourceLow, TTL, length);
        final int quote = payload + Icmpv6Header.LENGTH;
        buffer.putBytes(quote, cause.buffer(), facts.l3Offset, quoted);
        ip6.wrap(buffer, quote).hopLimit(facts.ttl - verdict.ttlCost);
        icmp6.wrap(buffer, payload)
                .type(verdict.icmpType)
                .code(verdict.icmpCode)
                .mtu(verdict.icmpMtu);
        finishIpv6(cause, out, payload, length);
        return true;
    }

    private int writeIpv6(
            final Frame out,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int hopLimit,
            final int length) {
        final int offset = out.start();
        ethernet.wrap(out.buffer(), offset).destination(0).source(1).etherType(EtherType.IPV6);
        ip6.wrap(out.buffer(), offset + EthernetHeader.LENGTH)
                .version(6)
                .trafficClass(0)
                .flowLabel(0)
                .payloadLength(length)
                .nextHeader(IpProtocol.ICMPV6)
                .hopLimit(hopLimit)
                .sourceHigh(sourceHigh)
                .sourceLow(sourceLow)
                .destinationHigh(destinationHigh)
                .destinationLow(destinationLow);
        return offset + EthernetHeader.LENGTH + Ipv6Header.LENGTH;
    }

    private void finishIpv6(final Frame cause, final Frame out, final int payload, final int length) {
        final MutableDirectBuffer buffer = out.buffer();
        ip6.wrap(buffer, payload - Ipv6Header.LENGTH);
        icmp6.wrap(buffer, payload)
                .updateChecksum(
                        InternetChecksum.pseudoHeader(
                                ip6.sourceHigh(),
                                ip6.sourceLow(),
                                ip6.destinationHigh(),
                                ip6.destinationLow(),
                                IpProtocol.ICMPV6,
                                length),
                        length);
        out.received(cause.ingress(), EthernetHeader.LENGTH + Ipv6Header.LENGTH + length);
    }

    /** Writes Ethernet and IPv4 headers of an ICMP packet; returns where the ICMP message begins. */
    private int writeIpv4(
            final Frame out, final int source, final int destination, final int tos, final int ttl, final int length) {
        final MutableDirectBuffer buffer = out.buffer();
        final int offset = out.start();
        // MACs come with the neighbor; until then any unicast address serves.
        ethernet.wrap(buffer, offset).destination(0).source(1).etherType(EtherType.IPV4);
        nextId = (nextId + 1) & 0xFFFF;
        ip.wrap(buffer, offset + EthernetHeader.LENGTH)
                .version(4)
                .headerLength(Ipv4Header.MIN_LENGTH)
                .tos(tos)
                .totalLength(Ipv4Header.MIN_LENGTH + length)
                .id(nextId)
                .rawFragment(0)
                .ttl(ttl)
                .protocol(IpProtocol.ICMP)
                .source(source)
                .destination(destination)
                .updateChecksum();
        return offset + EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    }
}
