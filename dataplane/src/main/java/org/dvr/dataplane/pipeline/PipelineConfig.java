package org.dvr.dataplane.pipeline;

import org.dvr.dataplane.stage.StageOptions;
import org.dvr.nat.conntrack.ConntrackLimits;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.policy.PortRange;

/**
 * Sizes and choices of one worker's pipeline, fixed at launch.
 *
 * @param options choices in behavior
 * @param connectionCapacity connections remembered at most; default 262,144, as the original's table; each takes 128 to 160 bytes
 * @param fdbCapacity MACs learned at most, a power of two; default 65,536
 * @param neighborCapacity neighbors learned by ARP at most, a power of two; default 4,096
 * @param flowCapacity flows whose verdict is remembered at most, a power of two; default 1,048,576, four for each connection: both directions, half full;
 *     each takes 130 bytes, touched as they are needed; 0 = the flow cache is off
 * @param timeouts of connections
 * @param limits of connections for each router and guest; default none but the capacity
 * @param ports that source translations choose from, ICMP identifiers likewise; default 1024 to 65535, as the original
 * @param seed of hashes and choices; default 1 in replay, where equal runs must give equal bytes
 */
public record PipelineConfig(
        StageOptions options,
        int connectionCapacity,
        int fdbCapacity,
        int neighborCapacity,
        int flowCapacity,
        ConntrackTimeouts timeouts,
        ConntrackLimits limits,
        PortRange ports,
        long seed) {
    /** The defaults. */
    public static final PipelineConfig DEFAULT = new PipelineConfig(
            StageOptions.DEFAULT,
            262_144,
            65_536,
            4_096,
            1_048_576,
            ConntrackTimeouts.DEFAULTS,
            ConntrackLimits.DEFAULT,
            PortRange.UNPRIVILEGED,
            1);

    /**
     * @param seed of hashes and choices
     * @return the same with another seed
     */
    public PipelineConfig withSeed(final long seed) {
        final Draft draft = new Draft(this);
        draft.seed = seed;
        return draft.finished();
    }

    /**
     * @param options choices in behavior
     * @return the same with other options
     */
    public PipelineConfig withOptions(final StageOptions options) {
        final Draft draft = new Draft(this);
        draft.options = options;
        return draft.finished();
    }

    /**
     * @param connectionCapacity connections remembered at most
     * @return the same with another table size
     */
    public PipelineConfig withConnectionCapacity(final int connectionCapacity) {
        final Draft draft = new Draft(this);
        draft.connectionCapacity = connectionCapacity;
        return draft.finished();
    }

    /**
     * @param flowCapacity flows whose verdict is remembered at most, 0 = none
     * @return the same with another cache
     */
    public PipelineConfig withFlowCapacity(final int flowCapacity) {
        final Draft draft = new Draft(this);
        draft.flowCapacity = flowCapacity;
        return draft.finished();
    }

    /**
     * @param timeouts of connections
     * @return the same with other timeouts
     */
    public PipelineConfig withTimeouts(final ConntrackTimeouts timeouts) {
        final Draft draft = new Draft(this);
        draft.timeouts = timeouts;
        return draft.finished();
    }

    /**
     * @param limits of connections for each router and guest
     * @return the same with other limits
     */
    public PipelineConfig withLimits(final ConntrackLimits limits) {
        final Draft draft = new Draft(this);
        draft.limits = limits;
        return draft.finished();
    }

    /**
     * @param ports that source translations choose from
     * @return the same with other ports
     */
    public PipelineConfig withPorts(final PortRange ports) {
        final Draft draft = new Draft(this);
        draft.ports = ports;
        return draft.finished();
    }

    /** A copy in which something else is said. */
    private static final class Draft {
        private StageOptions options;
        private int connectionCapacity;
        private final int fdbCapacity;
        private final int neighborCapacity;
        private int flowCapacity;
        private ConntrackTimeouts timeouts;
        private ConntrackLimits limits;
        private PortRange ports;
        private long seed;

        Draft(final PipelineConfig config) {
            options = config.options;
            connectionCapacity = config.connectionCapacity;
            fdbCapacity = config.fdbCapacity;
            neighborCapacity = config.neighborCapacity;
            flowCapacity = config.flowCapacity;
            timeouts = config.timeouts;
            limits = config.limits;
            ports = config.ports;
            seed = config.seed;
        }

        PipelineConfig finished() {
            return new PipelineConfig(
                    options,
                    connectionCapacity,
                    fdbCapacity,
                    neighborCapacity,
                    flowCapacity,
                    timeouts,
                    limits,
                    ports,
                    seed);
        }
    }
}
