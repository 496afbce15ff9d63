package org.dvr.app.observe;

import org.agrona.concurrent.status.CountersReader;

/**
 * Layout of the counters file, little endian; {@code docs/observability.md} tells it to those who read it by other means.
 *
 * <pre>
 *      0  magic "DVRCNT01"       8  length of this header (4)     12  length of the metadata (4)     16  length of the values (4)
 *     24  process id (8)        32  start, ms since the epoch (8)  40  length of the host's name (4)  44  host's name, UTF-8
 *   4096  metadata: 512 bytes a counter, as Agrona's CountersManager has them: state (4), type (4), ... label at 128: length (4), text
 *    ...  values: 128 bytes a counter: value (8)
 * </pre>
 */
final class CounterLayout {
    static final long MAGIC = 0x3130_544E_4352_5644L; // "DVRCNT01"
    static final int HEADER_LENGTH = 4_096;

    static final int MAGIC_OFFSET = 0;
    static final int HEADER_LENGTH_OFFSET = 8;
    static final int METADATA_LENGTH_OFFSET = 12;
    static final int VALUES_LENGTH_OFFSET = 16;
    static final int PID_OFFSET = 24;
    static final int STARTED_OFFSET = 32;
    static final int HOST_LENGTH_OFFSET = 40;
    static final int HOST_OFFSET = 44;

    /** Label of the counter that tells when the others were written, in milliseconds since the epoch. */
    static final String HEARTBEAT = "heartbeat";

    private CounterLayout() {}

    static int metadataLength(final int counters) {
        return counters * CountersReader.METADATA_LENGTH;
    }

    static int valuesLength(final int counters) {
        return counters * CountersReader.COUNTER_LENGTH;
    }
}
