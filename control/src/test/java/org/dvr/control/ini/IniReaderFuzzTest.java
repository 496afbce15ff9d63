package org.dvr.control.ini;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.dvr.control.model.Findings;

/** Any text: assignments that can be asked for, or findings that name their line; no exception. */
class IniReaderFuzzTest {
    @FuzzTest
    void shouldReadOrReportAnyText(final byte[] bytes) {
        final Findings findings = new Findings();
        final List<IniEntry> entries = IniReader.read("f.ini", new String(bytes, StandardCharsets.UTF_8), findings);
        final IniValues values = new IniValues(findings);
        values.add(entries);
        for (final IniEntry entry : entries) {
            values.text(entry.section(), entry.key());
        }
        final NeutronSettings settings = new SettingsReader(values, findings).read();
        settings.options();
        settings.hostSettings("h");
        for (final String error : findings.errors()) {
            if (!error.matches("(?s)f\\.ini:[0-9]+: .+")) {
                throw new AssertionError(error);
            }
        }
    }
}
