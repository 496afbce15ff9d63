package org.dvr.app.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps the host's own stack from speaking IPv6 on a device that is a guest's or a wire's: it would send router solicitations and multicast reports of its
 * own there. Undone when closed, where the device still exists.
 */
final class Ipv6Silence implements OpenDevice.Undo {
    private static final String SILENT = "1";

    private final Path setting;
    private final String before;

    private Ipv6Silence(final Path setting, final String before) {
        this.setting = setting;
        this.before = before;
    }

    /**
     * Silences a device.
     *
     * @param device its name
     * @return to be closed with the device; does nothing on hosts without IPv6
     * @throws IOException when it may not be done
     */
    static Ipv6Silence of(final String device) throws IOException {
        final Path setting = Path.of("/proc/sys/net/ipv6/conf", device, "disable_ipv6");
        if (!Files.exists(setting)) {
            return new Ipv6Silence(setting, SILENT);
        }
        final String before = Files.readString(setting).strip();
        if (!before.equals(SILENT)) {
            Files.writeString(setting, SILENT);
        }
        return new Ipv6Silence(setting, before);
    }

    @Override
    public void close() throws IOException {
        if (!before.equals(SILENT) && Files.exists(setting)) {
            Files.writeString(setting, before);
        }
    }
}
