package org.dvr.dataplane.io.guard;

import java.io.IOException;
import java.net.InetAddress;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.Interfaces;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Keeps the kernel's own stack away from frames that we forward: it neither answers "port unreachable" to tunnel traffic, nor ARP for its own addresses to
 * guests, nor routes guests' packets, nor spends its receive path on them. Packet sockets see every frame before.
 *
 * <p>It is a program at traffic control's ingress (TCX, since Linux 6.6), held by a descriptor: gone when it is closed or the process ends, also by
 * {@code kill -9}. Older kernels: sockets of ours own the tunnel traffic and throw it away; {@link #limitation} then says what the kernel still does.
 *
 * <p>Opened and closed by one thread.
 */
public final class IngressGuard implements AutoCloseable {
    /** UDP port of VXLAN where none is configured (RFC 7348 §8.1). */
    public static final int VXLAN_PORT = 4789;

    private static final int NONE = -1;

    private final Libc libc;
    private final int link;
    private final SinkSockets sinks;
    private final String limitation;
    private boolean isClosed;

    private IngressGuard(final Libc libc, final int link, final SinkSockets sinks, final String limitation) {
        this.libc = libc;
        this.link = link;
        this.sinks = sinks;
        this.limitation = limitation;
    }

    /**
     * Guards an underlay device: tunnel traffic for our endpoint is ours, all else the host's.
     *
     * @param ifindex the device
     * @param localIp our tunnel endpoint; GRE is ours over IPv4 only
     * @param vxlanPort UDP port of VXLAN, such as {@link #VXLAN_PORT}
     * @param shortcuts what the kernel forwards by itself, null = nothing
     * @return the guard, in force
     * @throws IOException when another program of this host owns the tunnel's port, or the kernel refuses
     */
    public static IngressGuard underlay(
            final int ifindex, final InetAddress localIp, final int vxlanPort, final ShortcutMaps shortcuts)
            throws IOException {
        final Libc libc = new Libc();
        UdpPorts.requireFree(localIp, vxlanPort);
        final byte[] address = localIp.getAddress();
        final int link = attach(libc, ifindex, GuardProgram.dropTunnelTraffic(address, vxlanPort, shortcuts));
        if (link != NONE) {
            return new IngressGuard(libc, link, null, "");
        }
        return withoutTcx(libc, ifindex, address, vxlanPort);
    }

    /** As {@link #underlay} on a kernel before 6.6. */
    static IngressGuard withoutTcx(final Libc libc, final int ifindex, final byte[] address, final int vxlanPort)
            throws IOException {
        final String text = Interfaces.nameOf(libc, ifindex)
                + ": this kernel has no TCX (Linux 6.6): it still receives our tunnel traffic, to throw it away";
        return new IngressGuard(libc, NONE, new SinkSockets(libc, address, vxlanPort), text);
    }

    /**
     * Guards a guest's device or that of a physical network: every frame is ours.
     *
     * @param ifindex the device
     * @param shortcuts what the kernel forwards by itself, null = nothing
     * @return the guard; in force, unless {@link #limitation} says otherwise
     * @throws IOException when the kernel refuses
     */
    public static IngressGuard all(final int ifindex, final ShortcutMaps shortcuts) throws IOException {
        final Libc libc = new Libc();
        final int link = attach(libc, ifindex, GuardProgram.dropAll(shortcuts));
        final String text = Interfaces.nameOf(libc, ifindex)
                + ": this kernel has no TCX (Linux 6.6): its own stack also sees what comes in here; give the device no address";
        return new IngressGuard(libc, link, null, link == NONE ? text : "");
    }

    /** @return what the kernel still does with our frames, a line for people; empty when nothing */
    public String limitation() {
        return limitation;
    }

    private static int attach(final Libc libc, final int ifindex, final long[] code) throws IOException {
        final Bpf bpf = new Bpf(libc);
        final int program = bpf.load(Bpf.PROGRAM_SCHED_CLS, Bpf.ATTACH_TCX_INGRESS, code, "dvr_guard");
        try {
            return bpf.link(program, ifindex, Bpf.ATTACH_TCX_INGRESS, Bpf.LINK_FIRST);
        } catch (final SystemCallException e) {
            if (e.errno() == SystemCallException.EINVAL) {
                return NONE; // an attach type that this kernel does not know
            }
            throw new IOException(Interfaces.nameOf(libc, ifindex) + ": " + e.getMessage(), e);
        } finally {
            libc.close(program); // the link holds it
        }
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        if (link != NONE) {
            libc.close(link);
        }
        if (sinks != null) {
            sinks.close();
        }
    }
}
