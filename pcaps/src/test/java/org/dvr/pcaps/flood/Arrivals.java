package org.dvr.pcaps.flood;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dvr.pcaps.replay.ReplayInput;
import org.dvr.pcaps.testing.ScenarioInputs;

/** What arrives, from several generators, in order of time. */
final class Arrivals {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Arrival(long timeNs, String point, byte[] frame) {}

    private final List<Arrival> arrivals = new ArrayList<>();

    void add(final long timeNs, final String point, final byte[] frame) {
        arrivals.add(new Arrival(timeNs, point, frame));
    }

    int size() {
        return arrivals.size();
    }

    /** Writes the captures. */
    List<ReplayInput> write(final Path folder) {
        arrivals.sort(Comparator.comparingLong(Arrival::timeNs)); // stable
        final ScenarioInputs inputs = new ScenarioInputs();
        for (final Arrival arrival : arrivals) {
            inputs.atNs(arrival.point, arrival.timeNs, arrival.frame);
        }
        inputs.write(folder);
        return arrivals.stream()
                .map(Arrival::point)
                .distinct()
                .map(point -> new ReplayInput(point, folder.resolve("in").resolve(point + ".pcap")))
                .toList();
    }
}
