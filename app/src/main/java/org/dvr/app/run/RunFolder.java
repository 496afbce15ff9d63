package org.dvr.app.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.dvr.pcaps.replay.ReplayException;

/**
 * The folder of a running forwarder, {@code /run/dvr/HOST} unless told otherwise. Its {@code pid} file is locked while the forwarder runs; the lock ends
 * with the process, also by kill -9, so nothing stale has to be cleaned up.
 */
final class RunFolder implements AutoCloseable {
    private final FileChannel pid;
    private final FileLock lock;
    private final Path pidFile;

    private RunFolder(final Path pidFile, final FileChannel pid, final FileLock lock) {
        this.pidFile = pidFile;
        this.pid = pid;
        this.lock = lock;
    }

    /**
     * Takes a folder.
     *
     * @param folder created where it is missing
     * @param host   who runs there
     * @return the folder, taken
     * @throws IOException     when it cannot be written
     * @throws ReplayException when another forwarder has it
     */
    static RunFolder open(final Path folder, final String host) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final Path pidFile = folder.resolve("pid");
        final FileChannel pid =
                FileChannel.open(pidFile, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        final FileLock lock = tryLock(pid);
        if (lock == null) {
            final String owner = Files.readString(pidFile).strip();
            pid.close();
            throw new ReplayException(folder + ": a forwarder runs here already, pid " + owner + "; stop it (kill "
                    + owner + "), or give another --run-dir for host " + host);
        }
        return new RunFolder(pidFile, pid, lock);
    }

    private static FileLock tryLock(final FileChannel pid) throws IOException {
        try {
            return pid.tryLock();
        } catch (final OverlappingFileLockException e) {
            return null; // this process has it
        }
    }

    /** Says who runs here. */
    void ready() throws IOException {
        pid.truncate(0);
        pid.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(pidFile);
        lock.release();
        pid.close();
    }
}
