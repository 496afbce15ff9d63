package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MachineTest {
    @Test
    void shouldNameTheProcessor(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("cpuinfo");
        Files.writeString(file, "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nmodel name\t: Other\n");
        assertEquals("Some CPU @ 3 GHz", Machine.cpu(file));
        assertEquals(System.getProperty("os.arch"), Machine.cpu(folder.resolve("none")));
        assertEquals("unknown", Surroundings.commit(folder));
    }

    @Test
    void shouldTellWhatOthersTook() {
        final Load.Sample start = Load.Sample.parse("1.75 0 0 1/2 3\n", "cpu  100 0 50 1000 10 0 0 5 0 0\ncpu0 1\n");
        final Load.Sample end = Load.Sample.parse("2.00 0 0 1/2 3\n", "cpu  170 0 60 1095 10 0 0 25 0 0\n");
        // 80 ticks of work, 50 of them ours; 95 idle; 20 stolen: 195 in all.
        final Load load = Load.of(start, start, end, 50);
        assertEquals(30 / 195.0, load.othersShare(), 1e-9);
        assertEquals(20 / 195.0, load.stealShare(), 1e-9);
        final List<String> warnings = load.warnings();
        assertEquals(3, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("load average 1.75"), warnings.toString());
        assertTrue(warnings.get(1).contains("15 %"), warnings.toString());
        assertTrue(warnings.get(2).contains("10.3 %"), warnings.toString());
        assertEquals(List.of(), Load.UNKNOWN.warnings());
        assertEquals(List.of(), new Load(0.2, 2, 0.02, 0.001).warnings());
    }

    @Test
    void shouldReadItsOwnProcessorTime() {
        assertEquals(3 + 4 + 50 + 60, Load.parseTicks("12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 3 4 50 60 20 0 1 0 100"));
        assertThrows(IllegalArgumentException.class, () -> Load.parseTicks("12 (a) S 1"));
        assertThrows(IllegalArgumentException.class, () -> Load.Sample.parse("1 ", "nothing"));
    }

    @Test
    void shouldWalkThroughEveryLineOnce() {
        final int[] words = Calibrator.cycle(1_000);
        int at = 0;
        for (int i = 1; i <= 1_000; i++) {
            at = words[at];
            assertTrue(at % 16 == 0);
            assertEquals(i == 1_000, at == 0, "back after " + i);
        }
    }

    /** A multiplication takes three cycles at least: less means that the compiler has merged some. A load from memory takes longer than one from L1. */
    @Test
    void shouldMeasureWhatNoCompilerCanLeaveOut() {
        final Calibration calibration = new Calibrator().measure();
        assertTrue(calibration.multiplyNs() > 0.3, calibration.toString());
        assertTrue(calibration.chaseNs().get(32_768L) > 0.3, calibration.toString());
        assertTrue(
                calibration.chaseNs().get(67_108_864L)
                        > 3 * calibration.chaseNs().get(32_768L),
                calibration.toString());
        assertTrue(calibration.copyGBps().values().stream().allMatch(rate -> rate > 0.05 && rate < 1_000));
    }

    @Test
    void shouldCompareMachinesByTheLargestRegionThatBothWalked() {
        final Calibration here =
                new Calibration(Map.of(32_768L, 1.0, 8_388_608L, 30.0, 67_108_864L, 100.0), Map.of(), 1.5);
        final Calibration there = new Calibration(Map.of(32_768L, 1.0, 8_388_608L, 20.0), Map.of(), Double.NaN);
        assertEquals(1.5, here.memoryRatio(there));
        assertEquals(1, here.clockRatio(there));
        assertEquals(0.5, new Calibration(Map.of(), Map.of(), 0.75).clockRatio(here));
    }
}
