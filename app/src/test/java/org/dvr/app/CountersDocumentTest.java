package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.junit.jupiter.api.Test;

/** {@code docs/counters.md} says what the code counts. To renew it, run with {@code -Ddocs.update=true}. */
class CountersDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "counters.md");

    @Test
    void shouldDescribeEveryCounter() throws IOException {
        final String document = document();
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(DOCUMENT, document);
        }
        assertEquals(document, Files.readString(DOCUMENT), "run with -Ddocs.update=true and review the difference");
    }

    private static String document() {
        final StringBuilder out = new StringBuilder()
                .append("# Counters\n\n")
                .append(
                        "Made from `CounterDescriptor` and `DropReason`; a test compares. Labels are stable: they are only added to.\n\n")
                .append(
                        "At any moment between bursts: Σ rx + generated + flooded = Σ tx + Σ drops + consumed + held.\n\n")
                .append("| counter | unit | counts |\n|---|---|---|\n");
        for (final CounterDescriptor counter : CounterDescriptor.values()) {
            out.append("| `%s` | %s | %s |\n".formatted(counter.label(), counter.unit(), counter.sentence()));
        }
        out.append("\n## Drops\n\n")
                .append(
                        "Every frame that ends without being sent or consumed is counted once, under `drops`, by its reason.\n\n")
                .append("- **malformed**: the sender's bytes are wrong\n")
                .append("- **policy**: we were told to\n")
                .append("- **state**: we do not know where to\n")
                .append("- **resource**: we ran out\n\n")
                .append("| reason | kind | why |\n|---|---|---|\n");
        for (final DropReason reason : DropReason.values()) {
            out.append("| `%s` | %s | %s |\n"
                    .formatted(reason.label(), reason.kind().name().toLowerCase(Locale.ROOT), reason.sentence()));
        }
        return out.toString();
    }
}
