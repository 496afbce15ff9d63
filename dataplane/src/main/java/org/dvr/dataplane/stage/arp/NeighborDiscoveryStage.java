package org.dvr.dataplane.stage.arp;

import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.Neighbor6;

/**
 * Answers neighbor solicitations for the anycast gateway, as {@link ArpStage} answers ARP: locally, never flooded (design.md §7). Others
 * are bridged: there is no responder for IPv6 (dvr.md §5.1).
 *
 * <p>In: a valid neighbor solicitation in its segment. Next: {@link Next#FORWARD}, or {@link Next#DONE} with an answer. Drops: {@link
 * DropReason#GATEWAY_ARP_REMOTE}.
 */
public final class NeighborDiscoveryStage implements Stage {
    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        final Neighbor6 known = verdict.segment.neighbor6(facts.ndTargetHigh, facts.ndTargetLow);
        if (known == null || known.gateway() == null) {
            return Next.FORWARD;
        }
        if (frame.ingress().kind() != AttachmentKind.GUEST) {
            frame.because(Because.ND_GATEWAY_REMOTE);
            return frame.drop(DropReason.GATEWAY_ARP_REMOTE);
        }
        verdict.answer = Answer.NEIGHBOR_ADVERTISEMENT;
        verdict.answerMac = known.mac();
        frame.because(Because.ND_GATEWAY, known.gateway().router());
        return frame.consume();
    }
}
