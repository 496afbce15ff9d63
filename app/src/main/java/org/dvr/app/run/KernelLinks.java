package org.dvr.app.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.io.netlink.LinkWatch;

/** The devices as the kernel tells of them. */
final class KernelLinks implements Links {
    private final LinkWatch watch;
    private boolean hasChanged;

    private KernelLinks(final LinkWatch watch) {
        this.watch = watch;
    }

    /**
     * Begins to watch.
     *
     * @return the devices of this network namespace
     * @throws IOException when the kernel refuses
     */
    static KernelLinks open() throws IOException {
        return new KernelLinks(LinkWatch.open());
    }

    @Override
    public Link find(final String name) {
        return watch.find(name);
    }

    @Override
    public String holder(final InetAddress address) {
        try {
            final NetworkInterface device = NetworkInterface.getByInetAddress(address);
            return device == null ? "" : device.getName();
        } catch (final IOException e) {
            return "";
        }
    }

    @Override
    public List<String> names() {
        return watch.all().stream().map(Link::name).toList();
    }

    @Override
    public boolean refresh() {
        hasChanged = false;
        try {
            watch.work(event -> hasChanged = true);
            return hasChanged;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
