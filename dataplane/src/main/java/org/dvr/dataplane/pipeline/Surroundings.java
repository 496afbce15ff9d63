package org.dvr.dataplane.pipeline;

import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.table.RateLimiter;
import org.dvr.nat.policy.PortChoices;

/**
 * What a pipeline has together with those of other workers.
 *
 * @param colleagues the other workers
 * @param icmpErrors how many each sender may still cause; one for the host
 * @param choices of source ports; one for each thread
 */
public record Surroundings(Colleagues colleagues, RateLimiter icmpErrors, PortChoices choices) {
    /**
     * @param config of a worker that is alone
     * @return what it has by itself
     */
    public static Surroundings alone(final PipelineConfig config) {
        return new Surroundings(Colleagues.NONE, limiter(config), new PortChoices());
    }

    /**
     * @param config of all workers
     * @return a limiter for them
     */
    public static RateLimiter limiter(final PipelineConfig config) {
        return new RateLimiter(config.options().icmpRate(), StageOptions.ICMP_BURST, config.seed());
    }
}
