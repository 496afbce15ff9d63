package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.replay.ReplayInput;
import org.dvr.pcaps.replay.ReplayOptions;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.GeneratedScenarios;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The scenarios that ship are system tests: each gives what its folder expects. */
final class ShippedScenariosTest {
    @TempDir
    private Path temporary;

    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    Stream<DynamicTest> shouldGiveWhatTheFolderExpects() {
        return Scenario.find(Cast.scenarios()).stream()
                .map(folder -> dynamicTest(Scenario.nameOf(folder), () -> {
                    final Scenario scenario = Scenario.read(folder);
                    Assumptions.assumeTrue(
                            Files.exists(scenario.out()) || Files.exists(scenario.counters()),
                            () -> folder + " has neither out/ nor counters.json: nothing is expected yet");
                    assertEquals(
                            List.of(), new ScenarioRunner(false).run(scenario).differences());
                }));
    }

    /** A remembered verdict is what the stages would decide again. */
    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    Stream<DynamicTest> shouldGiveTheSameWithoutFlowCache() {
        return Scenario.find(Cast.scenarios()).stream()
                .map(folder -> dynamicTest(
                        Scenario.nameOf(folder),
                        () -> assertEquals(
                                List.of(),
                                new ScenarioRunner(false)
                                        .run(withoutFlowCache(Scenario.read(folder)))
                                        .differences())));
    }

    /** What two workers share is what one does; frames are received by each in turn, so that half of them are handed on. */
    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    Stream<DynamicTest> shouldGiveTheSameWithTwoWorkers() {
        return Scenario.find(Cast.scenarios()).stream()
                .map(folder -> dynamicTest(Scenario.nameOf(folder), () -> {
                    final Scenario scenario = Scenario.read(folder);
                    final List<String> differences = new ScenarioRunner(false)
                            .run(with(scenario, scenario.options().withWorkers(2)))
                            .differences();
                    assertEquals(
                            List.of(),
                            differences.stream()
                                    .filter(difference -> !isOfDividedTable(scenario, difference))
                                    .toList());
                }));
    }

    /** How full a table is, each worker tells of its own part. */
    private static boolean isOfDividedTable(final Scenario scenario, final String difference) {
        return "limits/connection-table-passes-80-percent".equals(scenario.name())
                && difference.startsWith("counters: flows.");
    }

    private static Scenario withoutFlowCache(final Scenario scenario) {
        final ReplayOptions options = scenario.options();
        assertTrue(options.flowCache(), "on by default");
        return with(
                scenario,
                new ReplayOptions(
                        options.seed(),
                        options.workers(),
                        options.announce(),
                        options.innerVlan(),
                        options.icmpRate(),
                        options.icmpErrors(),
                        options.collapse(),
                        options.randomFullyFloatingIp(),
                        options.randomFullySnat(),
                        /* flowCache= */ false,
                        options.connections(),
                        options.limits(),
                        options.ports(),
                        options.timeouts(),
                        options.metadata()));
    }

    private static Scenario with(final Scenario scenario, final ReplayOptions options) {
        return new Scenario(
                scenario.folder(),
                scenario.name(),
                scenario.says(),
                scenario.host(),
                scenario.hosts(),
                options,
                scenario.settleNs(),
                scenario.steps(),
                scenario.inputs());
    }

    @Test
    void shouldHaveTheInputsThatTheGeneratorMakes() throws IOException {
        for (final Map.Entry<String, ScenarioInputs> entry :
                GeneratedScenarios.all().entrySet()) {
            final Path made = temporary.resolve(entry.getKey());
            entry.getValue().write(made);
            final List<ReplayInput> files = Scenario.captures(made.resolve("in"), true);
            final Path shipped = Cast.scenarios().resolve(entry.getKey()).resolve("in");
            assertEquals(
                    files.stream().map(ReplayInput::name).toList(),
                    Scenario.captures(shipped, true).stream()
                            .map(ReplayInput::name)
                            .toList(),
                    entry.getKey());
            for (final ReplayInput file : files) {
                assertArrayEquals(
                        Files.readAllBytes(file.file()),
                        Files.readAllBytes(CaptureFolder.file(shipped, file.name())),
                        entry.getKey() + " " + file.name());
            }
        }
    }
}
