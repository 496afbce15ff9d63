package org.dvr.dataplane.stage.metadata;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.topology.MetadataGuest;
import org.dvr.dataplane.topology.MetadataPort;
import org.dvr.dataplane.topology.MetadataProxy;

/**
 * Brings the proxy's answers back: the number that stands for a guest becomes the guest's address, the source becomes 169.254.169.254, and the guest's gateway
 * delivers it. What the proxy says is said by the router itself, so it spends no TTL. The host's stack may ask for the numbers by ARP.
 *
 * <p>In: a frame from the host's metadata device. Next: {@link Next#NEIGHBOR} or {@link Next#DONE}. Drops: IP faults, {@link
 * DropReason#METADATA_NOT_PROXY}, {@link DropReason#METADATA_GUEST_UNKNOWN}, {@link DropReason#ROUTER_DOWN}, {@link DropReason#PACKET_TOO_BIG}.
 */
public final class MetadataInStage implements Stage {
    /** Stateless: owned by whoever calls it. */
    public MetadataInStage() {}

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        frame.verdict.dependsOnPorts = true;
        final Facts facts = frame.facts;
        final MetadataPort port = cycle.topology().metadata();
        if (port == null) { // it came while the topology changed
            return frame.drop(DropReason.PORT_DOWN);
        }
        if (facts.etherType == EtherType.ARP && facts.vlanId == Facts.UNTAGGED) {
            return arp(frame, port);
        }
        if (facts.ipFault != DecodeFault.NONE && facts.etherType == EtherType.IPV4) {
            return frame.drop(DropReason.of(facts.ipFault));
        }
        return isFromProxy(facts, port.proxy()) ? answer(frame, port) : refuse(frame, DropReason.METADATA_NOT_PROXY);
    }

    private static boolean isFromProxy(final Facts facts, final MetadataProxy proxy) {
        return facts.etherType == EtherType.IPV4
                && facts.vlanId == Facts.UNTAGGED
                && facts.protocol == IpProtocol.TCP
                && !facts.isFragment
                && facts.transportFault == DecodeFault.NONE
                && facts.source == proxy.ip()
                && facts.sourcePort == proxy.port();
    }

    private static Next arp(final Frame frame, final MetadataPort port) {
        final Verdict verdict = frame.verdict;
        if (frame.facts.arpOperation != ArpPacket.REQUEST) {
            return refuse(frame, DropReason.METADATA_NOT_PROXY);
        }
        final MetadataGuest guest = port.guest(frame.facts.arpTargetIp);
        if (guest == null) {
            return refuse(frame, DropReason.METADATA_GUEST_UNKNOWN);
        }
        verdict.answer = Answer.ARP_REPLY;
        verdict.answerMac = MetadataPort.GUESTS_MAC;
        verdict.answerIp = frame.facts.arpTargetIp;
        frame.because(Because.METADATA_ARP, guest);
        return frame.consume();
    }

    private static Next answer(final Frame frame, final MetadataPort port) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        final MetadataGuest guest = port.guest(facts.destination);
        if (guest == null) {
            return refuse(frame, DropReason.METADATA_GUEST_UNKNOWN);
        }
        verdict.isOwn = true;
        verdict.router = guest.port().router();
        verdict.outPort = guest.port();
        if (!verdict.router.isUp()) {
            return refuse(frame, DropReason.ROUTER_DOWN);
        }
        verdict.isTranslated = true;
        verdict.source = MetadataPort.SERVICE_IP;
        verdict.sourcePort = MetadataPort.SERVICE_PORT;
        verdict.destination = guest.fixedIp();
        verdict.nextHop = guest.fixedIp();
        frame.because(Because.METADATA_IN, guest);
        final int mtu = guest.port().segment().mtu();
        verdict.limit(mtu);
        if (facts.wireLength > mtu) {
            frame.because(Because.METADATA_TOO_BIG, guest.port().segment());
            if (facts.hasDontFragment) { // a TCP that ignores the guest's segment size: nobody to be told
                return frame.drop(DropReason.PACKET_TOO_BIG);
            }
            verdict.fragment(mtu);
        }
        return Next.NEIGHBOR;
    }

    private static Next refuse(final Frame frame, final DropReason reason) {
        return MetadataOutStage.refuse(frame, reason);
    }
}
