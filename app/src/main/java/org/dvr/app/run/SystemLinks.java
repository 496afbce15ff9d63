package org.dvr.app.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** The devices as the JDK sees them, asked for one by one. */
final class SystemLinks implements Links {
    @Override
    public Link find(final String name) {
        try {
            final NetworkInterface device = NetworkInterface.getByName(name);
            if (device == null) {
                return null;
            }
            return new Link(name, device.getIndex(), mac(device), device.getMTU(), device.isUp());
        } catch (final SocketException e) {
            return null; // it has just vanished
        }
    }

    private static long mac(final NetworkInterface device) throws SocketException {
        final byte[] bytes = device.getHardwareAddress();
        long mac = 0;
        for (int i = 0; bytes != null && i < bytes.length; i++) {
            mac = (mac << 8) | (bytes[i] & 0xFF);
        }
        return mac;
    }

    @Override
    public String holder(final int ip) {
        try {
            final byte[] bytes = {(byte) (ip >>> 24), (byte) (ip >>> 16), (byte) (ip >>> 8), (byte) ip};
            final NetworkInterface device = NetworkInterface.getByInetAddress(InetAddress.getByAddress(bytes));
            return device == null ? "" : device.getName();
        } catch (final IOException e) {
            return "";
        }
    }

    @Override
    public void refresh() {
        // nothing is kept
    }
}
