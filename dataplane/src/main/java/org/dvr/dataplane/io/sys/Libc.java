package org.dvr.dataplane.io.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Calls of the C library. Pointers are longs, so that a call allocates nothing; memory behind them is the caller's, by
 * {@link org.agrona.concurrent.UnsafeBuffer} or an {@link Arena}. A call that fails returns -1; {@link #errno()} then tells why.
 *
 * <p>Owned by one thread: the error number of the last call is kept in it.
 */
@SuppressWarnings("restricted") // it is what this class is for; the launcher grants native access
public final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = call("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = call("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            call("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SENDTO =
            call("sendto", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = call("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKNAME = call("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READ = call("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITE = call("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    // What workers call all the time goes without the error number: capturing it takes 40 bytes until C2 has compiled
    // the call, which on a quiet host it never does.
    private static final MethodHandle POLL = quiet("poll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMMSG = quiet("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMSG = quiet("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle KICK =
            quiet("sendto", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle KICK_RECEIVE = quiet("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle TAKE_EVENTS = quiet("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle QUIET_SYSCALL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle MMAP =
            call("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = call("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle EVENTFD = call("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SCHED_SETAFFINITY =
            call("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SCHED_GETAFFINITY =
            call("sched_getaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle LISTEN = call("listen", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle CONNECT = call("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle UNSHARE = call("unshare", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CREATE = call("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL = call("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SETNS = call("setns", JAVA_INT, JAVA_INT, JAVA_INT);
    // Variadic in C: what follows the fixed arguments is passed by other rules on some machines.
    private static final MethodHandle IOCTL = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle OPEN = variadic("open", 2, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle SYSCALL =
            variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

    private static MethodHandle call(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments), CAPTURE_ERRNO);
    }

    private static MethodHandle quiet(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle variadic(
            final String name, final int fixed, final MemoryLayout result, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                CAPTURE_ERRNO,
                Linker.Option.firstVariadicArg(fixed));
    }

    /** @return the error number of the last call that failed, as in {@code errno.h} */
    public int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    /** @return what the last error was, in the C library's words; cold */
    public String error() {
        return error(errno());
    }

    /**
     * @param errno as in {@code errno.h}
     * @return what it means, in the C library's words; cold
     */
    public String error(final int errno) {
        try {
            final MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code socket(2)}. */
    public int socket(final int domain, final int type, final int protocol) {
        try {
            return (int) SOCKET.invokeExact(state, domain, type, protocol);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code close(2)}. */
    public int close(final int fd) {
        try {
            return (int) CLOSE.invokeExact(state, fd);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code bind(2)}. */
    public int bind(final int fd, final long address, final int length) {
        try {
            return (int) BIND.invokeExact(state, fd, address, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code setsockopt(2)}. */
    public int setsockopt(final int fd, final int level, final int name, final long value, final int length) {
        try {
            return (int) SETSOCKOPT.invokeExact(state, fd, level, name, value, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code getsockopt(2)}; the length is behind a pointer to an int. */
    public int getsockopt(final int fd, final int level, final int name, final long value, final long length) {
        try {
            return (int) GETSOCKOPT.invokeExact(state, fd, level, name, value, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Makes once, of nothing, every call that workers make while they forward: the first one of each kind allocates some 100 KiB and takes milliseconds, which no frame
     * should have to wait for.
     */
    public void linkCallsOfWorkers() {
        kick(-1, 0);
        kickReceive(-1, 0);
        takeEvents(-1, 0);
        quietSyscall(-1, 0, 0, 0);
        sendto(-1, 0, 0, 0, 0, 0);
        sendmmsg(-1, 0, 0, 0);
        recvmsg(-1, 0, 0);
        poll(0, 0, 0);
    }

    /** {@code sendto(2)} of nothing to nobody: kicks a transmit ring. Leaves {@link #errno} as it was. */
    public long kick(final int fd, final int flags) {
        try {
            return (long) KICK.invokeExact(fd, 0L, 0L, flags, 0L, 0);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code recv(2)} of nothing: kicks a ring to receive. Leaves {@link #errno} as it was. */
    public long kickReceive(final int fd, final int flags) {
        try {
            return (long) KICK_RECEIVE.invokeExact(fd, 0L, 0L, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code read(2)} of an eventfd: its 8 bytes. Leaves {@link #errno} as it was. */
    public long takeEvents(final int fd, final long buffer) {
        try {
            return (long) TAKE_EVENTS.invokeExact(fd, buffer, 8L);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code syscall(2)} as {@link #syscall}, but leaves {@link #errno} as it was. */
    public long quietSyscall(final long number, final long first, final long second, final long third) {
        try {
            return (long) QUIET_SYSCALL.invokeExact(number, first, second, third);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code sendto(2)}; with no buffer and no address it kicks a transmit ring, and tells why it could not. */
    public long sendto(
            final int fd,
            final long buffer,
            final long length,
            final int flags,
            final long address,
            final int addressLength) {
        try {
            return (long) SENDTO.invokeExact(state, fd, buffer, length, flags, address, addressLength);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code recv(2)}. */
    public long recv(final int fd, final long buffer, final long length, final int flags) {
        try {
            return (long) RECV.invokeExact(state, fd, buffer, length, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code sendmmsg(2)}; returns how many messages were sent. Leaves {@link #errno} as it was. */
    public int sendmmsg(final int fd, final long messages, final int count, final int flags) {
        try {
            return (int) SENDMMSG.invokeExact(fd, messages, count, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code recvmsg(2)} of a {@code struct msghdr}. Leaves {@link #errno} as it was. */
    public long recvmsg(final int fd, final long message, final int flags) {
        try {
            return (long) RECVMSG.invokeExact(fd, message, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code getsockname(2)}; the length is behind a pointer to an int. */
    public int getsockname(final int fd, final long address, final long length) {
        try {
            return (int) GETSOCKNAME.invokeExact(state, fd, address, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code read(2)}. */
    public long read(final int fd, final long buffer, final long length) {
        try {
            return (long) READ.invokeExact(state, fd, buffer, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code write(2)}. */
    public long write(final int fd, final long buffer, final long length) {
        try {
            return (long) WRITE.invokeExact(state, fd, buffer, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code poll(2)}: an array of {@code struct pollfd}, a timeout in milliseconds. Leaves {@link #errno} as it was. */
    public int poll(final long descriptors, final long count, final int timeoutMs) {
        try {
            return (int) POLL.invokeExact(descriptors, count, timeoutMs);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code mmap(2)}; -1 is MAP_FAILED. */
    public long mmap(
            final long address,
            final long length,
            final int protection,
            final int flags,
            final int fd,
            final long offset) {
        try {
            return (long) MMAP.invokeExact(state, address, length, protection, flags, fd, offset);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code munmap(2)}. */
    public int munmap(final long address, final long length) {
        try {
            return (int) MUNMAP.invokeExact(state, address, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code eventfd(2)}. */
    public int eventfd(final int initial, final int flags) {
        try {
            return (int) EVENTFD.invokeExact(state, initial, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code sched_setaffinity(2)} of a thread, 0 = the calling one; a mask of bytes. */
    public int schedSetaffinity(final int thread, final long length, final long mask) {
        try {
            return (int) SCHED_SETAFFINITY.invokeExact(state, thread, length, mask);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code sched_getaffinity(2)} of a thread, 0 = the calling one; a mask of bytes. */
    public int schedGetaffinity(final int thread, final long length, final long mask) {
        try {
            return (int) SCHED_GETAFFINITY.invokeExact(state, thread, length, mask);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code listen(2)}. */
    public int listen(final int fd, final int backlog) {
        try {
            return (int) LISTEN.invokeExact(state, fd, backlog);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code connect(2)}. */
    public int connect(final int fd, final long address, final int length) {
        try {
            return (int) CONNECT.invokeExact(state, fd, address, length);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code unshare(2)}: the calling thread leaves namespaces that it shares with others. */
    public int unshare(final int flags) {
        try {
            return (int) UNSHARE.invokeExact(state, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code epoll_create1(2)}. */
    public int epollCreate(final int flags) {
        try {
            return (int) EPOLL_CREATE.invokeExact(state, flags);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code epoll_ctl(2)} with a {@code struct epoll_event}. */
    public int epollCtl(final int epoll, final int operation, final int fd, final long event) {
        try {
            return (int) EPOLL_CTL.invokeExact(state, epoll, operation, fd, event);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code setns(2)}: the calling thread enters the namespace behind a descriptor. */
    public int setns(final int fd, final int type) {
        try {
            return (int) SETNS.invokeExact(state, fd, type);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code ioctl(2)} with a pointer or a number. */
    public int ioctl(final int fd, final long request, final long argument) {
        try {
            return (int) IOCTL.invokeExact(state, fd, request, argument);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code open(2)}: a path that ends with a zero byte. */
    public int open(final long path, final int flags, final int mode) {
        try {
            return (int) OPEN.invokeExact(state, path, flags, mode);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** {@code syscall(2)} for what the C library has no function for, with up to three arguments. */
    public long syscall(final long number, final long first, final long second, final long third) {
        try {
            return (long) SYSCALL.invokeExact(state, number, first, second, third);
        } catch (final Throwable e) {
            throw impossible(e);
        }
    }

    /** A downcall throws nothing of its own. */
    private static AssertionError impossible(final Throwable e) {
        return new AssertionError(e);
    }
}
