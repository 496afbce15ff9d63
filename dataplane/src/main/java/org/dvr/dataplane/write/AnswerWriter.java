package org.dvr.dataplane.write;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
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

    private final EthernetHeader ethernet = new EthernetHeader();
    private final ArpPacket arp = new ArpPacket();
    private final Ipv4Header ip = new Ipv4Header();
    private final IcmpHeader icmp = new IcmpHeader();
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
        ethernet.wrap(buffer, offset).destination(destination).source(source).etherType(EtherType.ARP);
        arp.wrap(buffer, offset + EthernetHeader.LENGTH)
                .ethernetIpv4()
                .operation(operation)
                .senderMac(senderMac)
                .senderIp(senderIp)
                .targetMac(targetMac)
                .targetIp(targetIp);
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
