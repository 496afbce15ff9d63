package org.dvr.dataplane.frame;

import java.util.ArrayList;
import java.util.List;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.topology.Route;

/**
 * The story of one frame: what each stage decided and from which table entry. Cold: only frames that somebody asked about have
 * one. The sentences are those of {@link Because}; the frame's state at that moment fills them in.
 */
public final class FrameTrace {
    /**
     * One step of the story.
     *
     * @param stage the stage that decided, in the words of the original (qrouter, fip …)
     * @param sentence what it decided
     */
    public record Step(String stage, String sentence) {}

    /**
     * A frame as it left while somebody watched.
     *
     * @param name attachment point it left by
     * @param bytes as sent
     */
    @SuppressWarnings("ArrayRecordComponent") // shown to people, never compared
    public record Sent(String name, byte[] bytes) {}

    private final Frame frame;
    private final List<Step> steps = new ArrayList<>();
    private final List<FrameTrace> answers = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();

    /**
     * @param frame whose story it is; it must outlive the notes
     */
    public FrameTrace(final Frame frame) {
        this.frame = frame;
    }

    /** @return what happened, in order */
    public List<Step> steps() {
        return steps;
    }

    /** @return the stories of frames that were made on account of this one */
    public List<FrameTrace> answers() {
        return answers;
    }

    /** @return what left, in order; noted by live traces only */
    public List<Sent> sent() {
        return sent;
    }

    /** @return the same as it is now, which does not go on */
    public FrameTrace copy() {
        final FrameTrace copy = new FrameTrace(frame);
        copy.steps.addAll(steps);
        copy.sent.addAll(sent);
        answers.forEach(answer -> copy.answers.add(answer.copy()));
        return copy;
    }

    /**
     * Starts the story of a frame that is made on account of this one.
     *
     * @param made the new frame
     * @return its trace, already linked to this one
     */
    public FrameTrace answer(final Frame made) {
        final FrameTrace trace = new FrameTrace(made);
        answers.add(trace);
        return trace;
    }

    /**
     * Notes a decision.
     *
     * @param because what was decided
     * @param entry fills {@code {0}}, may be null
     * @param other fills {@code {1}}, may be null
     */
    public void note(final Because because, final Object entry, final Object other) {
        final String template = because.template();
        final StringBuilder sentence = new StringBuilder(template.length() + 64);
        int at = 0;
        while (at < template.length()) {
            final int open = template.indexOf('{', at);
            if (open < 0) {
                break;
            }
            final int close = template.indexOf('}', open);
            sentence.append(template, at, open);
            fill(sentence, template.substring(open + 1, close), entry, other);
            at = close + 1;
        }
        sentence.append(template, at, template.length());
        steps.add(new Step(because.stage(), sentence.toString()));
    }

    private void fill(final StringBuilder out, final String name, final Object entry, final Object other) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        switch (name) {
            case "0" -> append(out, entry);
            case "1" -> append(out, other);
            case "ingress" -> append(out, frame.ingress());
            case "segment" -> append(out, verdict.segment);
            case "router" -> append(out, verdict.router);
            case "srcMac" -> MacAddress.append(out, verdict.sourceMac);
            case "dstMac" -> MacAddress.append(out, verdict.destinationMac);
            case "src" -> appendSource(out, facts, verdict);
            case "sender" -> appendSender(out, facts);
            case "dst" -> appendDestination(out, facts, verdict);
            case "nextHop6" -> Ipv6Address.append(out, verdict.nextHopHigh, verdict.nextHopLow);
            case "ndTarget" -> Ipv6Address.append(out, facts.ndTargetHigh, facts.ndTargetLow);
            case "sport" -> out.append(verdict.sourcePort);
            case "dport" -> out.append(verdict.destinationPort);
            case "nextHop" -> Ipv4Address.append(out, verdict.nextHop);
            case "ttl" -> out.append(facts.ttl - verdict.ttlCost);
            case "length" -> out.append(facts.wireLength);
            case "answerIp" -> Ipv4Address.append(out, verdict.answerIp);
            case "answerMac" -> MacAddress.append(out, verdict.answerMac);
            case "arpSender" -> Ipv4Address.append(out, facts.arpSenderIp);
            case "arpTarget" -> Ipv4Address.append(out, facts.arpTargetIp);
            case "peerIp" -> facts.appendPeer(out);
            case "vni" -> out.append(Integer.toUnsignedString(facts.segmentationId));
            case "vlan" -> out.append(facts.vlanId == Facts.UNTAGGED ? "untagged" : "VLAN " + facts.vlanId);
            default -> throw new IllegalArgumentException("unknown placeholder, name=" + name);
        }
    }

    private static void appendSender(final StringBuilder out, final Facts facts) {
        if (facts.etherType == EtherType.IPV6) {
            Ipv6Address.append(out, facts.sourceHigh, facts.sourceLow);
        } else {
            Ipv4Address.append(out, facts.source);
        }
    }

    private static void appendSource(final StringBuilder out, final Facts facts, final Verdict verdict) {
        if (facts.etherType == EtherType.IPV6) {
            Ipv6Address.append(out, facts.sourceHigh, facts.sourceLow);
        } else {
            Ipv4Address.append(out, verdict.source);
        }
    }

    private static void appendDestination(final StringBuilder out, final Facts facts, final Verdict verdict) {
        if (facts.etherType == EtherType.IPV6) {
            Ipv6Address.append(out, facts.destinationHigh, facts.destinationLow);
        } else {
            Ipv4Address.append(out, verdict.destination);
        }
    }

    private static void append(final StringBuilder out, final Object thing) {
        if (thing instanceof final Route route) {
            Ipv4Address.append(out, route.network());
            out.append('/').append(route.length());
        } else {
            out.append(thing);
        }
    }
}
