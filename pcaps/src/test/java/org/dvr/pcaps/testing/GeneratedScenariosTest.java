package org.dvr.pcaps.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedScenariosTest {
    @TempDir
    private Path folder;

    @Test
    void shouldMakeTheInputsThatShip() throws IOException {
        final Path here = Path.of("scenarios").toAbsolutePath();
        final Path shipped = Files.isDirectory(here) ? here : Path.of("pcaps", "scenarios");
        GeneratedScenarios.main(new String[] {folder.toString()});
        for (final String name : GeneratedScenarios.all().keySet()) {
            final List<String> files = files(folder.resolve(name).resolve("in"));
            assertEquals(files, files(shipped.resolve(name).resolve("in")), name);
            for (final String file : files) {
                assertArrayEquals(
                        Files.readAllBytes(folder.resolve(name).resolve("in").resolve(file)),
                        Files.readAllBytes(shipped.resolve(name).resolve("in").resolve(file)),
                        name + " " + file);
            }
        }
    }

    private static List<String> files(final Path in) throws IOException {
        try (Stream<Path> files = Files.walk(in)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> in.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
