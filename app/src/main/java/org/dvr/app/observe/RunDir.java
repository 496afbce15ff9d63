package org.dvr.app.observe;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The folder of a running forwarder, {@code /run/dvr/HOST} unless it was told otherwise, and what in it is for those who look into it: {@code admin.sock}
 * and {@code counters}. Whoever runs has taken the folder before, by a lock on its {@code pid}.
 */
public final class RunDir {
    /** Where the folders of forwarders are, one for each host. */
    public static final Path BASE = Path.of("/run/dvr");

    private static final String SOCKET = "admin.sock";

    private final Path folder;

    private RunDir(final Path folder) {
        this.folder = folder;
    }

    /**
     * @param folder of one forwarder
     * @return its files, there or not
     */
    public static RunDir at(final Path folder) {
        return new RunDir(folder);
    }

    /**
     * The folder of the one forwarder that is meant.
     *
     * @param base the folder of one forwarder, or one that holds the folders of several
     * @param host its name, null = the only one there is
     * @return a folder with a socket, which may be stale
     * @throws ObserveException when there is none, or more than one to choose from
     */
    public static RunDir find(final Path base, final String host) {
        final RunDir itself = at(base);
        if (Files.exists(itself.socket()) && (host == null || itself.name().equals(host))) {
            return itself;
        }
        if (host != null) {
            if (!host.isEmpty() && !host.startsWith(".") && host.indexOf('/') < 0) {
                final RunDir named = at(base.resolve(host));
                if (Files.exists(named.socket())) {
                    return named;
                }
            }
            throw new ObserveException("dvr: no forwarder of host " + host + " runs: looked for "
                    + at(base.resolve(host)).socket() + " (another place: --run-dir)");
        }
        final List<RunDir> found = below(base);
        if (found.isEmpty()) {
            throw new ObserveException("dvr: no forwarder runs: looked for " + itself.socket() + " and "
                    + base.resolve("*").resolve(SOCKET) + " (another place: --run-dir)");
        }
        if (found.size() > 1) {
            throw new ObserveException("dvr: several forwarders run in " + base + ": choose one with --host: "
                    + String.join(
                            ", ", found.stream().map(RunDir::name).sorted().toList()));
        }
        return found.getFirst();
    }

    private static List<RunDir> below(final Path base) {
        final List<RunDir> found = new ArrayList<>();
        if (Files.isDirectory(base)) {
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, Files::isDirectory)) {
                for (final Path folder : folders) {
                    final RunDir one = at(folder);
                    if (Files.exists(one.socket())) {
                        found.add(one);
                    }
                }
            } catch (final IOException e) {
                throw new ObserveException(
                        "dvr: " + base + ": cannot be read (" + e.getClass().getSimpleName() + ")", e);
            }
        }
        return found;
    }

    private String name() {
        final Path name = folder.toAbsolutePath().normalize().getFileName();
        return name == null ? "" : name.toString();
    }

    /** {@return the folder itself} */
    public Path folder() {
        return folder;
    }

    /** {@return the Unix socket of the admin protocol} */
    public Path socket() {
        return folder.resolve(SOCKET);
    }

    /** {@return the mapped counters file} */
    public Path counters() {
        return folder.resolve("counters");
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
