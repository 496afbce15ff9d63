package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code dvr lab soak} refuses before it needs root. */
class LabSoakCommandTest {
    private final StringWriter err = new StringWriter();

    private int run(final String... more) {
        final String[] args = new String[more.length + 2];
        args[0] = "lab";
        args[1] = "soak";
        System.arraycopy(more, 0, args, 2, more.length);
        return Main.create(Map.of())
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    @Test
    void shouldRefuseMinutesThatAreNone() {
        assertEquals(2, run("--minutes", "0"));
        assertEquals("dvr: --minutes is from 1 to 1440, not 0", err.toString().strip());
    }

    @Test
    void shouldRefuseHostsIntoWhichItCannotLook() {
        assertEquals(2, run("--minutes", "1", "--original"));
        assertEquals(
                "dvr: lab soak looks into forwarders; leave out --original and --ovs",
                err.toString().strip());
    }
}
