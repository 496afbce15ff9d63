package org.dvr.app.metadata;

import java.time.Duration;
import org.dvr.dataplane.topology.MetadataProxy;

/**
 * What the metadata proxy is told at launch.
 *
 * @param listen        where guests' requests arrive: an address of the device behind the attachment point {@code metadata}
 * @param agent         Neutron's metadata agent: {@code unix:/path}, or {@code HOST:PORT}
 * @param threads       requests served at a time, 1 to 256, default 16; beyond, twice as many wait, and what is more is cut off
 * @param timeout       within which the agent has to answer, default 30 s; requests have to be whole within a third of it
 * @param requestLimit  longest body of a request in bytes, default 64 KiB
 * @param responseLimit longest body of an answer in bytes, default 16 MiB
 */
public record MetadataConfig(
        MetadataProxy listen, String agent, int threads, Duration timeout, int requestLimit, int responseLimit) {
    private static final int DEFAULT_THREADS = 16;
    private static final int HIGHEST_THREADS = 256;
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final int DEFAULT_REQUEST_LIMIT = 64 << 10;
    private static final int DEFAULT_RESPONSE_LIMIT = 16 << 20;

    /** Checks ranges. */
    public MetadataConfig {
        if (threads < 1 || threads > HIGHEST_THREADS) {
            throw new IllegalArgumentException("threads must be 1 to " + HIGHEST_THREADS + ", threads=" + threads);
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("timeout must be 1 ms or more, timeout=" + timeout);
        }
    }

    /**
     * With defaults for all that is not said.
     *
     * @param listen where guests' requests arrive
     * @param agent  {@code unix:/path}, or {@code HOST:PORT}
     */
    public MetadataConfig(final MetadataProxy listen, final String agent) {
        this(listen, agent, DEFAULT_THREADS, DEFAULT_TIMEOUT, DEFAULT_REQUEST_LIMIT, DEFAULT_RESPONSE_LIMIT);
    }
}
