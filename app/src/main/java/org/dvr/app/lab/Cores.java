package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import org.dvr.dataplane.io.sys.Affinity;

/**
 * Which core does what in a measurement.
 *
 * @param host   the host under test: interrupts and forwarder
 * @param others senders, receivers, guests
 */
record Cores(int host, int others) {
    /** {@return the first two cores that this process may use} */
    static Cores choose() {
        try {
            final BitSet allowed = Affinity.allowed();
            if (allowed.cardinality() < 2) {
                throw new LabException(
                        "dvr lab measure needs two cores, one for the host under test and one for its guests; this process may use "
                                + allowed.cardinality());
            }
            final int first = allowed.nextSetBit(0);
            return new Cores(first, allowed.nextSetBit(first + 1));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
