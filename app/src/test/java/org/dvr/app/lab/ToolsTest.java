package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ToolsTest {
    @Test
    void shouldNameEveryMissingToolAndItsRemedy() {
        final LabException refused =
                assertThrows(LabException.class, () -> Tools.require(List.of("sh", "no-such-tool", "no-other-tool")));

        assertEquals(
                "not found: no-such-tool, no-other-tool; install: apt-get install no-such-tool no-other-tool",
                refused.getMessage());
        assertDoesNotThrow(() -> Tools.require(List.of("sh")));
    }

    @Test
    void shouldSayWhatAProgramComplainsOf() {
        final LabException failed =
                assertThrows(LabException.class, () -> Tools.run(List.of("sh", "-c", "echo broken >&2; exit 3")));

        assertTrue(failed.getMessage().endsWith(": broken"), failed.getMessage());
        assertEquals(3, Tools.attempt(List.of("sh", "-c", "exit 3"), "").status());
    }

    @Test
    void shouldHandOnInputAndOutput() {
        assertEquals("two\n", Tools.run(List.of("sh", "-c", "read one; read two; echo $two"), "one\ntwo\n"));
    }
}
