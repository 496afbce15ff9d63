package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.dvr.app.command.ExitStatus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabCommandTest {
    private final StringWriter err = new StringWriter();

    /** All before anything is built, so that no rights are needed to be told. */
    @ParameterizedTest
    @CsvSource({
        "lab,                              'up, test, soak, measure or down?'",
        "lab test --io raw,                '--io is afpacket, afxdp or pcap, not raw'",
        "lab test --transport vlan,        '--transport is vxlan, gre or vxlan6, not vlan'",
        "lab up --original compute9,       'no host compute9 in the lab'",
        "lab up --name a-b,                'a lab''s name has 1 to 16 letters and digits, name=a-b'",
        "lab up --transport gre --original, 'have VXLAN tunnels over IPv4 only'",
        "lab up --transport vxlan6 --ovs,   'have tunnels over IPv4 only'",
    })
    void shouldRefuseWhatCannotBeBuilt(final String line, final String sentence) {
        final int status = Main.create(Map.of())
                .setErr(new PrintWriter(err))
                .execute(line.strip().split(" ", -1));

        assertEquals(ExitStatus.UNUSABLE, status);
        assertTrue(err.toString().startsWith("dvr: "), err.toString());
        assertTrue(err.toString().contains(sentence), err.toString());
    }
}
