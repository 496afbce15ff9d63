package org.dvr.pcaps.netfilter;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The kernel's netfilter behind {@code recording/netfilter-router}. Its namespaces go when it is closed, or when this process ends. */
final class KernelRouter implements AutoCloseable {
    private static final long END_SECONDS = 30;

    private final Process process;
    private final Path complaints;
    private final DataOutputStream in;
    private final DataInputStream out;

    /**
     * @param script   netfilter-router
     * @param isRandom source ports behind floating IPs are chosen even when they are free
     */
    KernelRouter(final Path script, final boolean isRandom) throws IOException {
        complaints = Files.createTempFile("dvr-netfilter", ".err");
        final ProcessBuilder builder = new ProcessBuilder(script.toString(), isRandom ? "random" : "keep");
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        process = builder.redirectError(complaints.toFile()).start();
        in = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        out = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /**
     * Hands it a frame.
     *
     * @param side  leg where the frame arrives
     * @param frame from its Ethernet header
     * @return what left on account of it, in order for each leg
     */
    List<Sent> ask(final Side side, final byte[] frame) throws IOException {
        try {
            in.writeByte(side.point());
            in.writeShort(frame.length);
            in.write(frame);
            in.flush();
            final int count = out.readUnsignedShort();
            final List<Sent> sent = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                final Side from = Side.of(out.readUnsignedByte());
                final byte[] left = new byte[out.readUnsignedShort()];
                out.readFully(left);
                sent.add(new Sent(from, left));
            }
            return sent;
        } catch (final EOFException e) {
            throw new IOException("netfilter-router ended: " + Files.readString(complaints), e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            in.close(); // the end of its input is its end
        } catch (final IOException gone) {
            process.destroy();
        }
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IOException("netfilter-router did not end within " + END_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(
                        "netfilter-router: status " + process.exitValue() + ": " + Files.readString(complaints));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("netfilter-router was not waited for");
        } finally {
            Files.delete(complaints);
        }
    }
}
