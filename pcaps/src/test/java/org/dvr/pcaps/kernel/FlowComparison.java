package org.dvr.pcaps.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what two implementations sent at one attachment point: the frames of each flow as a sequence, and with that all of them as a
 * multiset. How flows interleave is not compared: stacks do it as their threads run.
 */
final class FlowComparison {
    private static final int SHOWN_FRAMES = 5;

    private FlowComparison() {}

    /**
     * Compares.
     *
     * @param ours   frames that the forwarder sent, in order
     * @param kernel frames that the kernel sent, in order
     * @return lines for people, empty when there is no difference
     */
    static List<String> differences(final List<DecodedFrame> ours, final List<DecodedFrame> kernel) {
        final List<String> differences = new ArrayList<>();
        checkChecksums("ours", ours, differences);
        checkChecksums("kernel's", kernel, differences);
        final Map<String, List<DecodedFrame>> ourFlows = flows(ours);
        final Map<String, List<DecodedFrame>> kernelFlows = flows(kernel);
        final Set<String> names = new LinkedHashSet<>(ourFlows.keySet());
        names.addAll(kernelFlows.keySet());
        for (final String name : names) {
            compare(
                    name,
                    ourFlows.getOrDefault(name, List.of()),
                    kernelFlows.getOrDefault(name, List.of()),
                    differences);
        }
        return differences;
    }

    private static void checkChecksums(
            final String whose, final List<DecodedFrame> frames, final List<String> differences) {
        for (final DecodedFrame frame : frames) {
            if (!frame.hasValidChecksums()) {
                differences.add("checksum wrong, " + whose + " " + frame);
            }
        }
    }

    private static Map<String, List<DecodedFrame>> flows(final List<DecodedFrame> frames) {
        final Map<String, List<DecodedFrame>> flows = new LinkedHashMap<>();
        for (final DecodedFrame frame : frames) {
            flows.computeIfAbsent(frame.flow(), flow -> new ArrayList<>()).add(frame);
        }
        return flows;
    }

    private static void compare(
            final String flow,
            final List<DecodedFrame> ours,
            final List<DecodedFrame> kernel,
            final List<String> differences) {
        int shown = 0;
        for (int i = 0, longer = Math.max(ours.size(), kernel.size()); i < longer && shown < SHOWN_FRAMES; i++) {
            if (i >= kernel.size()) {
                differences.add("only ours: " + ours.get(i));
            } else if (i >= ours.size()) {
                differences.add("only the kernel's: " + kernel.get(i));
            } else if (!ours.get(i).equals(kernel.get(i))) {
                differences.add(
                        "flow " + flow.strip() + ", our frame " + ours.get(i).number() + ", the kernel's "
                                + kernel.get(i).number() + ": "
                                + String.join("; ", ours.get(i).differences(kernel.get(i))));
            } else {
                continue;
            }
            shown++;
        }
    }
}
