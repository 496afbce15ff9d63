package org.dvr.app.observe;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.dvr.codec.print.FramePrinter;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.pcaps.replay.ExplainedFrame;
import org.dvr.pcaps.replay.FactSheet;
import org.dvr.pcaps.replay.SentFrame;
import org.dvr.pcaps.scenario.FrameFields;

/** Prints the story of a frame: the frame, its facts, what each stage decided, the verdict, what was sent. */
public final class TracePrinter {
    private static final String INNER = "inner.";

    /** Fields in which a frame that leaves may differ from the one that came, and what people call them. */
    private static final List<Map.Entry<String, String>> SHOWN = List.of(
            Map.entry("ethernet.source", "source MAC"),
            Map.entry("ethernet.destination", "destination MAC"),
            Map.entry("vlan.tag", "802.1Q tag"),
            Map.entry("ipv4.ttl", "TTL"),
            Map.entry("ipv6.hop-limit", "hop limit"),
            Map.entry("ipv4.source", "source address"),
            Map.entry("ipv4.destination", "destination address"),
            Map.entry("udp.source-port", "source port"),
            Map.entry("udp.destination-port", "destination port"),
            Map.entry("tcp.source-port", "source port"),
            Map.entry("tcp.destination-port", "destination port"),
            Map.entry("icmp.identifier", "identifier"));

    private final PrintWriter out;

    /**
     * @param out where to
     */
    public TracePrinter(final PrintWriter out) {
        this.out = out;
    }

    /**
     * Prints one frame.
     *
     * @param frame and all that became of it
     */
    public void print(final ExplainedFrame frame) {
        final String which = frame.frameNumber() == 0 ? "frame" : "frame " + frame.frameNumber();
        out.printf(
                "%s at %s, +%d.%09d s%n",
                which, frame.name(), frame.sinceStartNs() / 1_000_000_000L, frame.sinceStartNs() % 1_000_000_000L);
        out.println("  " + FramePrinter.toString(frame.bytes()));
        out.println();
        out.println("facts");
        for (final FactSheet.Fact fact : frame.facts()) {
            out.printf("  %-16s %s%n", fact.name(), fact.value());
        }
        out.println();
        out.println("stages");
        steps(frame.story(), "  ");
        out.println();
        out.println("verdict");
        verdict(frame);
        out.println();
        out.println(frame.sent().isEmpty() ? "sent nothing" : "sent");
        for (final SentFrame sent : frame.sent()) {
            out.printf("  %-16s %s%n", sent.name(), FramePrinter.toString(sent.bytes()));
        }
    }

    private void steps(final FrameTrace story, final String indent) {
        for (final FrameTrace.Step step : story.steps()) {
            out.printf("%s%-16s %s%n", indent, step.stage(), step.sentence());
        }
        for (final FrameTrace answer : story.answers()) {
            out.println(indent + "on account of it");
            steps(answer, indent + "  ");
        }
    }

    private void verdict(final ExplainedFrame frame) {
        final String dropped = droppedSentence(frame.story());
        if (dropped != null) {
            out.println("  " + dropped);
        } else if (frame.isConsumed()) {
            out.println("  consumed: it was for this host");
        } else if (frame.held() > 0) {
            out.println("  held: waits until a neighbor answers ARP");
        } else {
            out.println("  sent on");
            for (final SentFrame sent : frame.sent()) {
                leaves(frame, sent);
            }
        }
    }

    private static String droppedSentence(final FrameTrace story) {
        for (final FrameTrace.Step step : story.steps()) {
            if (step.stage().equals("verdict")) {
                return step.sentence();
            }
        }
        return null;
    }

    private void leaves(final ExplainedFrame frame, final SentFrame sent) {
        final FrameFields before = FrameFields.of(frame.bytes(), FrameFields.isUnderlay(frame.name()));
        final FrameFields after = FrameFields.of(sent.bytes(), FrameFields.isUnderlay(sent.name()));
        final String prefixBefore = prefix(before);
        final String prefixAfter = prefix(after);
        if (!isSameKind(before, prefixBefore, after, prefixAfter)) {
            return; // another frame, sent on account of this one: an ARP request for the host that it goes to
        }
        out.println("  leaves by " + sent.name() + tunnel(after));
        for (final Map.Entry<String, String> shown : SHOWN) {
            final String was = text(before, prefixBefore + shown.getKey());
            final String is = text(after, prefixAfter + shown.getKey());
            if (!was.equals(is)) {
                out.printf("    %-20s %s -> %s%n", shown.getValue(), was, is);
            }
        }
    }

    private static boolean isSameKind(
            final FrameFields before, final String prefixBefore, final FrameFields after, final String prefixAfter) {
        for (final String name : List.of("ethernet.type", "ipv4.protocol")) {
            if (!text(before, prefixBefore + name).equals(text(after, prefixAfter + name))) {
                return false;
            }
        }
        return true;
    }

    /** Where the names of the fields begin that belong to the frame itself: behind those of its tunnel. */
    private static String prefix(final FrameFields fields) {
        return fields.find(INNER + "ethernet.type") == null ? "" : INNER;
    }

    private static String text(final FrameFields fields, final String name) {
        final FrameFields.Field field = fields.find(name);
        return field == null ? "none" : fields.text(field);
    }

    private static String tunnel(final FrameFields fields) {
        if (prefix(fields).isEmpty()) {
            return "";
        }
        final String id = fields.find("vxlan.vni") != null
                ? " in VXLAN, VNI " + text(fields, "vxlan.vni")
                : " in GRE, key " + text(fields, "gre.key");
        return id + ", " + text(fields, "ipv4.source") + " > " + text(fields, "ipv4.destination");
    }
}
