package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The folder of a running forwarder, one for each host: {@code BASE/HOST} with {@code admin.sock}, {@code counters} and {@code pid}. Whoever runs holds a
 * lock on {@code pid} as long as it lives, so that what a killed process left behind is known to be stale.
 */
public final class RunDir {
    /** Environment variable that names the base folder. */
    public static final String VARIABLE = "DVR_RUN_DIR";

    private static final String SOCKET = "admin.sock";
    private static final int MAX_SOCKET_PATH = 107; // sun_path of unix(7), without its final zero

    /** Folders of this very process: a file that is locked must not even be opened a second time, or closing it would end the lock (fcntl(2)). */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path folder;

    private RunDir(final Path folder) {
        this.folder = folder;
    }

    /**
     * The folder of the forwarder of a host.
     *
     * @param base holds the folders of all hosts
     * @param host its name
     * @return not created yet
     */
    public static RunDir of(final Path base, final String host) {
        if (host.isEmpty() || host.startsWith(".") || host.indexOf('/') >= 0) {
            throw new ObserveException("host " + host + ": no name for a folder");
        }
        return new RunDir(base.resolve(host));
    }

    /**
     * A folder of one's own choice.
     *
     * @param folder for one forwarder
     * @return not created yet
     */
    public static RunDir at(final Path folder) {
        return new RunDir(folder);
    }

    /**
     * Where folders of forwarders are: what the option says, else the environment variable, else {@code /run/dvr} of a process that may write
     * {@code /run}, else a folder of the user's own.
     *
     * @param given by an option, null = nothing
     * @param environment variables of the process
     * @return the base folder
     */
    public static Path base(final Path given, final Map<String, String> environment) {
        final String variable = environment.getOrDefault(VARIABLE, "");
        final String ofUser = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (given != null) {
            return given;
        }
        if (!variable.isEmpty()) {
            return Path.of(variable);
        }
        if (Files.isWritable(Path.of("/run"))) {
            return Path.of("/run/dvr");
        }
        return ofUser.isEmpty()
                ? Path.of(System.getProperty("java.io.tmpdir"), "dvr-" + System.getProperty("user.name"))
                : Path.of(ofUser, "dvr");
    }

    /**
     * The folder of the one forwarder that is meant.
     *
     * @param base holds the folders of all hosts, or is the folder of one
     * @param host its name, null = the only one there is
     * @return a folder with a socket, which may be stale
     * @throws ObserveException when there is none, or more than one to choose from
     */
    public static RunDir find(final Path base, final String host) {
        final RunDir own = new RunDir(base);
        if (host == null && Files.exists(own.socket())) {
            return own;
        }
        if (host != null) {
            final RunDir named = of(base, host);
            if (Files.exists(named.socket())) {
                return named;
            }
            throw new ObserveException("dvr: no forwarder of host " + host + " runs: looked for " + named.socket());
        }
        final List<RunDir> found = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, Files::isDirectory)) {
            for (final Path folder : folders) {
                final RunDir one = new RunDir(folder);
                if (Files.exists(one.socket())) {
                    found.add(one);
                }
            }
        } catch (final IOException e) {
            throw nobody(base);
        }
        if (found.isEmpty()) {
            throw nobody(base);
        }
        if (found.size() > 1) {
            throw new ObserveException("dvr: several forwarders run in " + base + ": choose one with --host: "
                    + String.join(
                            ", ", found.stream().map(RunDir::name).sorted().toList()));
        }
        return found.getFirst();
    }

    private static ObserveException nobody(final Path base) {
        return new ObserveException("dvr: no forwarder runs: looked for " + base.resolve(SOCKET) + " and "
                + base.resolve("HOST").resolve(SOCKET) + " (other places: --run-dir, " + VARIABLE + ")");
    }

    private String name() {
        return folder.getFileName().toString();
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

    /** {@return the file with the process id, locked by that process} */
    public Path pid() {
        return folder.resolve("pid");
    }

    /**
     * Makes the folder this process's own, until the answer is closed or the process ends. What another process has left behind is removed.
     *
     * @return to be closed last
     * @throws ObserveException when another forwarder has it, or it cannot be made
     */
    public Taken take() {
        if (socket().toAbsolutePath().toString().getBytes(UTF_8).length > MAX_SOCKET_PATH) {
            throw new ObserveException("dvr: " + socket() + ": longer than the " + MAX_SOCKET_PATH
                    + " bytes that the path of a socket may have: choose another folder with --run-dir");
        }
        if (OURS.contains(folder.toAbsolutePath())) {
            throw taken(", this process");
        }
        try {
            // Others must not even reach the socket between its making and its chmod.
            Files.createDirectories(folder.toAbsolutePath().getParent());
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            final FileChannel channel = FileChannel.open(
                    pid(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            final FileLock lock = channel.tryLock();
            if (lock == null) {
                final String owner = Files.readString(pid()).strip();
                channel.close();
                throw taken(owner.isEmpty() ? "" : ", process " + owner);
            }
            OURS.add(folder.toAbsolutePath());
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(UTF_8)), 0);
            Files.deleteIfExists(socket());
            Files.deleteIfExists(counters());
            return new Taken(this, channel);
        } catch (final IOException e) {
            throw new ObserveException(
                    "dvr: " + folder + ": cannot be used as the folder of a running forwarder ("
                            + e.getClass().getSimpleName() + "): choose another one with --run-dir",
                    e);
        }
    }

    private ObserveException taken(final String by) {
        return new ObserveException("dvr: " + folder + ": a forwarder runs here already" + by
                + ": stop it first, or choose another folder with --run-dir");
    }

    /** A folder that this process has. */
    public static final class Taken implements AutoCloseable {
        private final RunDir dir;
        private final FileChannel channel;

        private Taken(final RunDir dir, final FileChannel channel) {
            this.dir = dir;
            this.channel = channel;
        }

        /** Leaves nothing behind. */
        @Override
        public void close() {
            try {
                Files.deleteIfExists(dir.socket());
                Files.deleteIfExists(dir.counters());
                Files.deleteIfExists(dir.pid());
                channel.close();
                OURS.remove(dir.folder().toAbsolutePath());
                Files.deleteIfExists(dir.folder());
            } catch (final DirectoryNotEmptyException e) {
                // The state file is there for the next one.
            } catch (final IOException e) {
                throw new ObserveException("dvr: " + dir.folder + ": cannot be removed (" + e.getMessage() + ")", e);
            }
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
