package org.dvr.dataplane.io.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.dvr.dataplane.io.sys.Capabilities.Capability;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);

    @Test
    void shouldReadWhatIsInEffect() throws IOException {
        final long effective = Capabilities.parse(
                List.of("CapInh:\t0000000000000000", "CapPrm:\t000001ffffffffff", "CapEff:\t0000008000003000"));
        assertEquals(List.of(), new Capabilities(effective).missing(ALL));
        assertThrows(IOException.class, () -> Capabilities.parse(List.of("CapPrm:\t000001ffffffffff")));
    }

    @Test
    void shouldReadThoseOfThisProcess() throws IOException {
        final Capabilities ours = Capabilities.ofThisProcess();
        assertEquals(
                ours.missing(ALL).size(),
                ALL.stream().filter(each -> !ours.has(each)).count());
    }

    @Test
    void shouldSayWhatIsMissing() {
        final List<String> lines = new Capabilities(1L << 12).missing(ALL);
        assertEquals(2, lines.size(), lines.toString());
        assertEquals(
                "CAP_NET_RAW is missing: no device can be opened (run as root, or AmbientCapabilities=CAP_NET_RAW in a systemd unit)",
                lines.get(0));
        assertTrue(lines.get(1).startsWith("CAP_BPF is missing: "), lines.get(1));
        assertEquals(List.of(), new Capabilities(1L << 12).missing(EnumSet.of(Capability.NET_ADMIN)));
    }

    @Test
    void shouldTakeTheAdministratorsForThatOfBpf() {
        final Capabilities administrator = new Capabilities(1L << 21);
        assertTrue(administrator.has(Capability.BPF));
        assertFalse(administrator.has(Capability.NET_RAW));
    }
}
