package org.dvr.pcaps.scenario;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What the run of a scenario came to.
 *
 * @param scenario    which
 * @param isUpdated   true when its expected files were rewritten
 * @param differences what is not as expected, lines for people; empty when all is
 * @param notes       what is odd but no difference
 * @param counters    at the end, as contract.md §4 writes them
 */
public record ScenarioResult(
        Scenario scenario, boolean isUpdated, List<String> differences, List<String> notes, ObjectNode counters) {
    /** {@return true when the output is as expected} */
    public boolean isOk() {
        return differences.isEmpty();
    }
}
