package org.dvr.app.command;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.dvr.control.model.IpAddress;

/** What the preflight looks at on a machine. Read only, needs no privileges. */
interface Machine {
    /** Largest packet of a device that is not there. */
    int NO_DEVICE = -1;

    /** {@return name of the machine, empty where it has none} */
    String name();

    /**
     * The MTU of a device.
     *
     * @param device name of it
     * @return in bytes, {@link #NO_DEVICE} where there is no such device
     */
    int mtu(String device);

    /**
     * The device that has an address.
     *
     * @param address of either family
     * @return its name, empty where none has it
     */
    String deviceOf(IpAddress address);

    /**
     * Where a program is.
     *
     * @param program name of it
     * @return its path, empty where it is not installed
     */
    String program(String program);

    /** {@return operating system, its release and architecture, with blanks between them} */
    String platform();

    /**
     * Is a host this machine?
     *
     * @param host name of a host
     * @return true where they have the same name, with or without a domain
     */
    default boolean isCalled(final String host) {
        return !name().isEmpty() && shortName(host).equals(shortName(name()));
    }

    private static String shortName(final String name) {
        final int dot = name.indexOf('.');
        return (dot < 0 ? name : name.substring(0, dot)).toLowerCase(Locale.ROOT);
    }

    /** {@return the machine that this process runs on} */
    static Machine local() {
        return new Local();
    }

    /** By the kernel's own files and the JDK. */
    final class Local implements Machine {
        private static final Path NAME = Path.of("/proc/sys/kernel/hostname");
        private static final List<String> FOLDERS = List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin");

        @Override
        public String name() {
            try {
                return Files.isReadable(NAME)
                        ? Files.readString(NAME).strip()
                        : InetAddress.getLocalHost().getHostName();
            } catch (final IOException e) {
                return "";
            }
        }

        @Override
        public int mtu(final String device) {
            try {
                final NetworkInterface found = NetworkInterface.getByName(device);
                return found == null ? NO_DEVICE : found.getMTU();
            } catch (final SocketException e) {
                return NO_DEVICE;
            }
        }

        @Override
        public String deviceOf(final IpAddress address) {
            try {
                final NetworkInterface found =
                        NetworkInterface.getByInetAddress(InetAddress.getByName(address.toString()));
                return found == null ? "" : found.getName();
            } catch (final UnknownHostException | SocketException e) {
                return "";
            }
        }

        @Override
        public String program(final String program) {
            for (final String folder : FOLDERS) {
                final Path path = Path.of(folder, program);
                if (Files.isExecutable(path)) {
                    return path.toString();
                }
            }
            return "";
        }

        @Override
        public String platform() {
            return System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                    + System.getProperty("os.arch");
        }
    }
}
