package org.dvr.pcaps.file;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes: frames or a {@link CaptureException}, nothing else. */
class CaptureReaderFuzzTest {
    @TempDir
    private static Path folder;

    @FuzzTest
    void shouldReadOrRefuseAnyBytes(final byte[] bytes) throws IOException {
        final Path path = Files.write(folder.resolve("fuzz"), bytes);
        try {
            TestCaptures.readAll(path);
        } catch (final CaptureException e) {
            if (!e.getMessage().startsWith(path + ": ")) {
                throw new AssertionError(e.getMessage(), e);
            }
        }
    }
}
