package org.dvr.dataplane.stage.metadata;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.frame.Action;
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

/**
 * Hands a guest's request for metadata to the host's proxy: the source becomes the number that stands for the guest, the destination the proxy. It
 * ends on this host, as in the original, so it spends no TTL.
 *
 * <p>In: a packet for 169.254.169.254 in a router, where metadata is served. Next: {@link Next#DONE}. Drops: {@link DropReason#METADATA_PORT},
 * {@link DropReason#METADATA_SOURCE}.
 */
public final class MetadataOutStage implements Stage {
    /** Stateless: owned by whoever calls it. */
    public MetadataOutStage() {}

    /**
     * Is a packet for the service address one for the proxy? Only what a guest sent to its gateway is, not what came in from outside, and no SNAT side serves
     * it: the guest's own host does.
     *
     * @param frame in a router
     * @param cycle of the burst
     * @return false where it is dropped as reserved
     */
    public static boolean isServed(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        return cycle.topology().metadata() != null
                && verdict.routerPort != null
                && !verdict.isFromOutside
                && !verdict.router.isSnatSide();
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        frame.verdict.dependsOnPorts = true;
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        if (facts.protocol != IpProtocol.TCP
                || facts.isFragment
                || facts.transportFault != DecodeFault.NONE
                || verdict.destinationPort != MetadataPort.SERVICE_PORT) {
            return refuse(frame, DropReason.METADATA_PORT);
        }
        final MetadataGuest guest = verdict.router.metadataGuest(verdict.source);
        if (guest == null || !guest.isSentBy(frame.ingress(), facts.sourceMac)) {
            return refuse(frame, DropReason.METADATA_SOURCE);
        }
        final MetadataPort port = cycle.topology().metadata();
        verdict.isTranslated = true;
        verdict.source = guest.address();
        verdict.destination = port.proxy().ip();
        verdict.destinationPort = port.proxy().port();
        frame.because(Because.METADATA_OUT, guest);
        verdict.sourceMac = MetadataPort.GUESTS_MAC;
        verdict.destinationMac = MetadataPort.DEVICE_MAC;
        verdict.action = Action.FORWARD;
        verdict.egress = port.attachment();
        return Next.DONE;
    }

    static Next refuse(final Frame frame, final DropReason reason) {
        if (frame.trace() != null) {
            frame.because(Because.METADATA_REFUSED, reason.sentence());
        }
        return frame.drop(reason);
    }
}
