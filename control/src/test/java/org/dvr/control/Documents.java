package org.dvr.control;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dvr.control.source.TopologyLoader;

/** Topology documents for tests, in a directory of the test's own; messages are shown without that directory. */
public final class Documents {
    private final Path directory;
    private final List<Path> files = new ArrayList<>();

    public Documents(final Path directory) {
        this.directory = directory;
    }

    /** The cast of dvr.md §9.0: {@code vxlan} or {@code gre}. */
    public static String cast(final String kind) {
        try (InputStream in = Documents.class.getResourceAsStream("cast-" + kind + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public Documents add(final String name, final String content) {
        final Path file = directory.resolve(name);
        try {
            Files.writeString(file, content);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
        return add(file);
    }

    public Documents add(final Path file) {
        files.add(file);
        return this;
    }

    public TopologyLoader.Result load() {
        return Topologies.load(files);
    }

    public List<String> errors() {
        return shown(load().findings().errors());
    }

    public List<String> warnings() {
        return shown(load().findings().warnings());
    }

    private List<String> shown(final List<String> messages) {
        return messages.stream()
                .map(message -> message.replace(directory + "/", ""))
                .toList();
    }
}
