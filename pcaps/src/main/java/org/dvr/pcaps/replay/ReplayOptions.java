package org.dvr.pcaps.replay;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.nat.conntrack.ConntrackLimits;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.policy.SourcePort;

/**
 * What {@code options} of a scenario and {@code --option K=V} may say.
 *
 * @param seed         of hashes and random choices, default 1
 * @param workers      that share the work of a host; every byte is the same, default 1
 * @param announce     gratuitous ARP at the start for what is already associated, default false
 * @param innerVlan    passes 802.1Q tags inside tunnels within their network, default false
 * @param icmpRate     generated ICMP errors per second and sender, default 10
 * @param icmpErrors   sends the ICMP errors to the outside that the original cannot send, default true
 * @param collapse     one hop for each router instead of one for each namespace, default false
 * @param randomFullyFloatingIp chooses source ports behind floating IPs even when they are free, default false
 * @param randomFullySnat chooses source ports behind shared addresses even when they are free, default true
 * @param flowCache    remembers verdicts by flow; without it every byte is the same, later, default true
 * @param connections  connections remembered at most, default 262,144
 * @param limits       connections of one router and of one guest at most, default none
 * @param ports        that source translations choose from, default 1024 to 65535
 * @param timeouts     how long connections are remembered, by default as Linux does
 * @param metadata     where the host's metadata proxy listens, default null: metadata is not served
 */
public record ReplayOptions(
        long seed,
        int workers,
        boolean announce,
        boolean innerVlan,
        int icmpRate,
        boolean icmpErrors,
        boolean collapse,
        boolean randomFullyFloatingIp,
        boolean randomFullySnat,
        boolean flowCache,
        int connections,
        ConntrackLimits limits,
        PortRange ports,
        ConntrackTimeouts timeouts,
        MetadataProxy metadata) {
    private static final String TIMEOUT = "timeout_";

    /** The names, in the order of the documentation. */
    public static final List<String> NAMES = Stream.concat(
                    Stream.of(
                            "seed",
                            "announce",
                            "workers",
                            "inner_vlan",
                            "icmp_rate",
                            "icmp_errors",
                            "collapse",
                            "random_fully_floating_ip",
                            "random_fully_snat",
                            "flow_cache",
                            "connections",
                            "connections_per_router",
                            "connections_per_guest",
                            "nat_ports",
                            "metadata"),
                    ConntrackTimeouts.NAMES.stream().map(TIMEOUT::concat))
            .toList();

    /** What holds where nothing is said. */
    public static final ReplayOptions DEFAULT = of(Map.of(), "options");

    /**
     * Reads options.
     *
     * @param texts value by name, as written
     * @param where begins every error
     * @return the options, defaults where nothing is said
     * @throws ReplayException that names everything that is wrong
     */
    public static ReplayOptions of(final Map<String, String> texts, final String where) {
        final StringBuilder errors = new StringBuilder();
        for (final String name : texts.keySet()) {
            if (!NAMES.contains(name)) {
                errors.append(where)
                        .append(": unknown option ")
                        .append(name)
                        .append(Nearest.hint(name, NAMES))
                        .append(" known are ")
                        .append(String.join(", ", NAMES))
                        .append('\n');
            }
        }
        final Reader reader = new Reader(texts, where, errors);
        final StageOptions stages = StageOptions.DEFAULT;
        final PipelineConfig pipeline = PipelineConfig.DEFAULT;
        final ReplayOptions options = new ReplayOptions(
                reader.number("seed", pipeline.seed(), Long.MIN_VALUE, Long.MAX_VALUE),
                (int) reader.number("workers", 1, 1, WorkerGroup.MAX_WORKERS),
                reader.flag("announce", false),
                reader.flag("inner_vlan", stages.hasInnerVlan()),
                (int) reader.number("icmp_rate", stages.icmpRate(), 0, 1_000_000),
                reader.flag("icmp_errors", stages.hasRouterErrorsToOutside()),
                reader.flag("collapse", stages.hasCollapsedHops()),
                reader.flag("random_fully_floating_ip", stages.floatingIpPort() == SourcePort.RANDOM),
                reader.flag("random_fully_snat", stages.snatPort() == SourcePort.RANDOM),
                reader.flag("flow_cache", true),
                (int) reader.number(
                        "connections",
                        pipeline.connectionCapacity(),
                        ConntrackTable.MIN_CAPACITY,
                        ConntrackTable.MAX_CAPACITY),
                new ConntrackLimits(
                        reader.limit("connections_per_router", pipeline.limits().perZone()),
                        reader.limit("connections_per_guest", pipeline.limits().perOwner())),
                reader.ports("nat_ports", pipeline.ports()),
                reader.timeouts(pipeline.timeouts()),
                reader.metadata("metadata"));
        if (!errors.isEmpty()) {
            throw new ReplayException(errors.toString().stripTrailing());
        }
        return options;
    }

    /**
     * The same work shared by another number of workers.
     *
     * @param count 1 or more
     * @return options that differ in that alone
     */
    public ReplayOptions withWorkers(final int count) {
        return new ReplayOptions(
                seed,
                count,
                announce,
                innerVlan,
                icmpRate,
                icmpErrors,
                collapse,
                randomFullyFloatingIp,
                randomFullySnat,
                flowCache,
                connections,
                limits,
                ports,
                timeouts,
                metadata);
    }

    /** {@return the sizes and choices of all workers together that obey these options} */
    public WorkerConfig worker() {
        final WorkerConfig replay = WorkerConfig.REPLAY;
        final PipelineConfig pipeline = replay.pipeline()
                .withSeed(seed)
                .withOptions(new StageOptions(innerVlan, collapse, icmpErrors, icmpRate)
                        .withRandomFloatingIpPorts(randomFullyFloatingIp)
                        .withRandomSnatPorts(randomFullySnat))
                .withConnectionCapacity(connections)
                .withFlowCapacity(flowCache ? flowCapacity(connections) : 0)
                .withLimits(limits)
                .withPorts(ports)
                .withTimeouts(timeouts);
        return new WorkerConfig(
                replay.frameCount(), replay.frameCapacity(), replay.burstCapacity(), announce, pipeline);
    }

    /** Four for each connection, at most the default: both directions, half full. What is not needed is not touched. */
    private static int flowCapacity(final int connections) {
        return (int) Math.min(PipelineConfig.DEFAULT.flowCapacity(), 4L * Integer.highestOneBit(connections));
    }

    private record Reader(Map<String, String> texts, String where, StringBuilder errors) {
        boolean flag(final String name, final boolean otherwise) {
            final String text = texts.get(name);
            if (text == null) {
                return otherwise;
            }
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "on", "true" -> true;
                case "off", "false" -> false;
                default -> {
                    wrong(name, text, "on, off, true or false");
                    yield otherwise;
                }
            };
        }

        int limit(final String name, final int otherwise) {
            return (int) number(name, otherwise, 1, ConntrackLimits.UNLIMITED);
        }

        PortRange ports(final String name, final PortRange otherwise) {
            final String text = texts.get(name);
            if (text == null) {
                return otherwise;
            }
            final int dash = text.indexOf('-');
            try {
                return new PortRange(
                        Integer.parseInt(text.substring(0, Math.max(0, dash)).strip()),
                        Integer.parseInt(text.substring(dash + 1).strip()));
            } catch (final IllegalArgumentException e) { // no numbers among them
                wrong(name, text, "two ports such as 1024-65535, the lower one first");
                return otherwise;
            }
        }

        MetadataProxy metadata(final String name) {
            final String text = texts.get(name);
            if (text == null || "off".equals(text) || "false".equals(text) || "none".equals(text)) {
                return null;
            }
            try {
                return MetadataProxy.parse(text);
            } catch (final IllegalArgumentException e) {
                wrong(name, text, "off, on or where the proxy listens, such as 240.0.0.1:80");
                return null;
            }
        }

        ConntrackTimeouts timeouts(final ConntrackTimeouts otherwise) {
            ConntrackTimeouts timeouts = otherwise;
            for (final String name : ConntrackTimeouts.NAMES) {
                final String text = texts.get(TIMEOUT + name);
                if (text != null) {
                    try {
                        timeouts = timeouts.with(name, text);
                    } catch (final IllegalArgumentException e) {
                        wrong(
                                TIMEOUT + name,
                                text,
                                "a duration such as 90, 90s or 2h4m, 1 s to " + ConntrackTimeouts.MAX_SECONDS + " s");
                    }
                }
            }
            return timeouts;
        }

        long number(final String name, final long otherwise, final long lowest, final long highest) {
            final String text = texts.get(name);
            if (text == null) {
                return otherwise;
            }
            try {
                final long value = Long.parseLong(text.replace("_", ""));
                if (value >= lowest && value <= highest) {
                    return value;
                }
            } catch (final NumberFormatException e) {
                // said below, as for a number out of range
            }
            final String range =
                    lowest == Long.MIN_VALUE ? "a whole number" : "a whole number from " + lowest + " to " + highest;
            wrong(name, text, range);
            return otherwise;
        }

        private void wrong(final String name, final String text, final String expected) {
            errors.append(where)
                    .append(": option ")
                    .append(name)
                    .append(" must be ")
                    .append(expected)
                    .append(", not ")
                    .append(text)
                    .append('\n');
        }
    }
}
