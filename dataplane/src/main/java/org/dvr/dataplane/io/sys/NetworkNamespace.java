package org.dvr.dataplane.io.sys;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work of this process in a network namespace that has a name: setns(2) moves one thread, not the process, and a socket stays for
 * good in the namespace of the thread that opened it. Cold: for the lab and for tests.
 */
public final class NetworkNamespace {
    private static final int O_CLOEXEC = 0x80000; // and O_RDONLY, which is 0
    private static final int CLONE_NEWNET = 0x4000_0000;

    private NetworkNamespace() {}

    /**
     * Does work in another namespace, on a thread of its own that ends with it. Sockets which the work opens stay there.
     *
     * @param file as {@code /run/netns/NAME}
     * @param work what to do there
     * @param <T>  what it answers with
     * @return what the work answers with
     * @throws IOException          when there is no such namespace or it must not be entered
     * @throws ExecutionException   with whatever the work throws as its cause
     * @throws InterruptedException when this thread is interrupted while it waits; the work is then interrupted too
     */
    public static <T> T call(final Path file, final Callable<T> work)
            throws IOException, ExecutionException, InterruptedException {
        final FutureTask<T> task = new FutureTask<>(() -> {
            enter(file);
            return work.call();
        });
        final Thread thread = new Thread(task, "in " + file.getFileName());
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get();
        } catch (final InterruptedException e) {
            thread.interrupt();
            throw e;
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof NotEnteredException refused) {
                throw new IOException(refused.getMessage(), refused);
            }
            throw e;
        }
    }

    /** Moves the calling thread for good. */
    private static void enter(final Path file) throws NotEnteredException {
        final Libc libc = new Libc();
        try (Arena arena = Arena.ofConfined()) {
            final int fd = libc.open(arena.allocateFrom(file.toString()).address(), O_CLOEXEC, 0);
            if (fd < 0) {
                throw new NotEnteredException(file + ": " + libc.error());
            }
            final boolean isThere = libc.setns(fd, CLONE_NEWNET) == 0;
            final String error = isThere ? "" : libc.error();
            libc.close(fd);
            if (!isThere) {
                throw new NotEnteredException(file + ": cannot be entered: " + error);
            }
        }
    }

    private static final class NotEnteredException extends Exception {
        private static final long serialVersionUID = 1L;

        NotEnteredException(final String message) {
            super(message);
        }
    }
}
