package org.dvr.control.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** MACs that every host derives alike from a name, where the topology gives none (contract.md §1). */
public final class DerivedMac {
    /** {@code fa:16:3e:00:00:00}, where Neutron takes the MACs of ports from. */
    private static final long PORT_BASE = 0xFA16_3E00_0000L;

    /** {@code fa:16:3f:00:00:00}, where Neutron takes DVR MACs from. */
    private static final long DVR_BASE = 0xFA16_3F00_0000L;

    private DerivedMac() {}

    /**
     * @param name the port's name, as {@code HOST/LABEL}
     * @return {@code fa:16:3e} followed by the first three bytes of the SHA-256 of the name in UTF-8
     */
    public static long ofPort(final String name) {
        return PORT_BASE | digest(name);
    }

    /**
     * @param host the host's name
     * @return {@code fa:16:3f} followed by the first three bytes of the SHA-256 of the name in UTF-8
     */
    public static long ofHost(final String host) {
        return DVR_BASE | digest(host);
    }

    private static long digest(final String name) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return (digest[0] & 0xFFL) << 16 | (digest[1] & 0xFFL) << 8 | (digest[2] & 0xFFL);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
