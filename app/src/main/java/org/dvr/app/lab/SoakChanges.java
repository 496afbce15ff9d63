package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.RunDir;

/** What changes during a soak: the topology each second, a guest's device each five, the dates of the supervisor's files. */
final class SoakChanges {
    /** A port on compute1 whose device never appears. */
    static final String ABSENT = "tapport-x";

    private static final int INVALID_EVERY = 10;
    private static final int DEVICE_EVERY = 5;
    private static final long AWAY_MS = 1_500;
    private static final long POLL_MS = 20;
    private static final long COME_BACK_MS = 5_000;

    private final Lab lab;
    private final Guest guest;
    private final String[] versions;
    private final List<Away> away = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private int seconds;
    private int written;
    private int invalid;

    /**
     * A time without a device.
     *
     * @param fromNs before it was removed
     * @param toNs   after its forwarder had the new one in use
     */
    record Away(long fromNs, long toNs) {
        boolean contains(final long timeNs) {
            return timeNs >= fromNs && timeNs <= toNs;
        }
    }

    SoakChanges(final Lab lab, final Guest guest) {
        this.lab = lab;
        this.guest = guest;
        final String one = new TopologyDocument(lab.transport()).text();
        final String other = new TopologyDocument(lab.transport())
                .move(guest.floating(), Cast.B2)
                .text()
                .replace(
                        "\nfloatingips:\n",
                        """

                          - id: port-x
                            network_id: net-a
                            mac_address: "fa:16:3e:0a:00:77"
                            fixed_ips: [{subnet_id: sub-a, ip_address: 10.0.1.77}]
                            device_owner: "compute:nova"
                            "binding:host_id": compute1
                        floatingips:
                        """);
        versions = new String[] {other, one};
    }

    /** To be called each second. */
    void second() {
        seconds++;
        if (seconds % INVALID_EVERY == 0) {
            invalid++;
            lab.document("networks: [{id: net-a, mtu: much}]\nports: 7\n");
        } else {
            lab.document(versions[written++ % versions.length]);
        }
        touch();
        if (seconds % DEVICE_EVERY == 0) {
            flap();
        }
    }

    /** Puts back what was at the beginning. */
    void settle() {
        lab.document(versions[1]);
    }

    private void touch() {
        for (final DvrHost host : lab.forwarders().values()) {
            final Path folder = lab.runFolder(host.host());
            try (Stream<Path> files = Files.list(folder)) {
                for (final Path file : files.toList()) {
                    touch(file);
                }
                Files.writeString(folder.resolve("note"), "somebody looks around\n");
                Files.delete(folder.resolve("note"));
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void touch(final Path file) throws IOException {
        try {
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
        } catch (final java.nio.file.NoSuchFileException e) {
            // The state file's next version has just become the state file.
        }
    }

    private void flap() {
        final Namespace host = lab.host(guest.host());
        final long fromNs = System.nanoTime();
        host.ip("link del " + guest.tap());
        Pause.ms(AWAY_MS);
        plug(host);
        awaitOpen();
        away.add(new Away(fromNs, System.nanoTime()));
    }

    /** The guest's end first: what arrives at the host's finds somebody. */
    private void plug(final Namespace host) {
        final Namespace machine = lab.guest(guest.name());
        final int mtu = lab.transport().mtu();
        machine.ip(
                "link add " + Lab.GUEST_DEVICE + " address " + guest.mac() + " mtu " + mtu + " type veth peer name "
                        + guest.tap() + " mtu " + mtu + " netns " + host,
                "link set " + Lab.GUEST_DEVICE + " up",
                "address add " + guest.ip() + "/24 dev " + Lab.GUEST_DEVICE,
                "route add default via " + guest.network().gatewayIp());
        host.ip("link set " + guest.tap() + " up");
    }

    private void awaitOpen() {
        final RunDir dir = RunDir.at(lab.runFolder(guest.host()));
        final long deadlineNs = System.nanoTime() + COME_BACK_MS * 1_000_000;
        while (System.nanoTime() < deadlineNs) {
            if (isOpen(dir)) {
                return;
            }
            Pause.ms(POLL_MS);
        }
        faults.add(guest.tap() + " is not in use " + COME_BACK_MS + " ms after it came back");
    }

    private boolean isOpen(final RunDir dir) {
        for (final var port : AdminClient.askOnce(dir, "show ports").findParents("device")) {
            if (port.path("device").asText().equals(guest.tap())
                    && port.path("state").asText().equals("up")) {
                return true;
            }
        }
        return false;
    }

    List<Away> away() {
        return away;
    }

    List<String> faults() {
        return faults;
    }

    int written() {
        return written;
    }

    int invalid() {
        return invalid;
    }
}
