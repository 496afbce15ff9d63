package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder {@code /run/dvrlab-LAB} of a lab: topology, logs, captures, run directories. Its file {@code lock} is locked while a process builds or
 * tests the lab; the kernel lets go of it with the process, however that ends.
 */
final class LabFolder implements AutoCloseable {
    private static final Path PARENT = Path.of("/run");
    private static final String LOCK = "lock";

    private final Path path;
    private FileChannel channel;

    private LabFolder(final Path path) {
        this.path = path;
    }

    static LabFolder of(final String prefix) {
        return new LabFolder(PARENT.resolve(prefix));
    }

    /** {@return names of all such folders, in order} */
    static List<String> list(final String prefix) {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PARENT, prefix + "*")) {
            folders.forEach(folder -> names.add(folder.getFileName().toString()));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        names.sort(null);
        return names;
    }

    Path path() {
        return path;
    }

    Path file(final String name) {
        return path.resolve(name);
    }

    /**
     * Makes the folder and takes its lock.
     *
     * @return false when another process has it
     */
    boolean own() {
        try {
            Files.createDirectories(path);
            channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            final FileLock lock = channel.tryLock();
            if (lock == null) {
                close();
                return false;
            }
            return true;
        } catch (final OverlappingFileLockException e) {
            close();
            return false;
        } catch (final IOException e) {
            throw new LabException(path + ": " + e.getMessage() + "; run as root on Linux", e);
        }
    }

    void write(final String name, final String text) {
        try {
            // In one step: whoever watches the file sees the old text or the new one.
            final Path next = path.resolve(name + ".new");
            Files.writeString(next, text);
            Files.move(next, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Copies what lies in it.
     *
     * @param target a folder, made where there is none
     */
    void copyTo(final Path target) {
        try (Stream<Path> files = Files.list(path)) {
            Files.createDirectories(target);
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (final IOException e) {
            throw new LabException(target + ": " + e.getMessage() + "; give another folder", e);
        }
    }

    /** Removes it with everything inside. */
    void remove() {
        close();
        if (!Files.isDirectory(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (final IOException e) {
            throw new LabException(path + ": " + e.getMessage() + "; remove it by hand: rm -r " + path, e);
        }
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
