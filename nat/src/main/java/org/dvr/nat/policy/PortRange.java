package org.dvr.nat.policy;

/**
 * Ports, or ICMP identifiers, that a source translation may choose from, and the order in which it tries them.
 *
 * <p>For a given hash the order is fixed and meets every port of the range once: it starts anywhere and goes on by a
 * step that has no factor in common with the range's size. So a replay chooses the same ports again, while strangers
 * who do not know the seed of the hash cannot foretell them, and a crowded stretch is left at once.
 *
 * @param lowest the lowest port, 0 to 65,535
 * @param highest the highest port, {@code lowest} to 65,535
 */
public record PortRange(int lowest, int highest) {
    /** 1024 to 65,535: what the original chooses from. */
    public static final PortRange UNPRIVILEGED = new PortRange(1024, 65_535);

    private static final int MAX_PORT = 65_535;

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if they are out of range or in the wrong order
     */
    public PortRange {
        if (lowest < 0 || lowest > MAX_PORT) {
            throw new IllegalArgumentException("lowest must be 0 to " + MAX_PORT + ", lowest=" + lowest);
        }
        if (highest < lowest || highest > MAX_PORT) {
            throw new IllegalArgumentException(
                    "highest must be " + lowest + " to " + MAX_PORT + ", highest=" + highest);
        }
    }

    /** Ports in the range. */
    public int size() {
        return highest - lowest + 1;
    }

    /**
     * The first port to try.
     *
     * @param hash any 64 bits
     * @return a port of the range
     */
    public int first(final long hash) {
        return lowest + (int) ((hash >>> 32) % size());
    }

    /**
     * The distance between one try and the next. Worth keeping in a local variable: it takes a few divisions.
     *
     * @param hash any 64 bits
     * @return 1 to {@link #size}, with no factor in common with the size
     */
    public int step(final long hash) {
        final int size = size();
        int step = 1 + (int) ((hash & 0xFFFF_FFFFL) % size);
        while (greatestCommonDivisor(step, size) != 1) {
            step = step == size ? 1 : step + 1;
        }
        return step;
    }

    /**
     * The port to try after another.
     *
     * @param port the port tried before, of the range
     * @param step as {@link #step} gave it
     * @return a port of the range
     */
    public int next(final int port, final int step) {
        final int next = port + step;
        return next > highest ? next - size() : next;
    }

    private static int greatestCommonDivisor(final int a, final int b) {
        int larger = a;
        int smaller = b;
        while (smaller != 0) {
            final int rest = larger % smaller;
            larger = smaller;
            smaller = rest;
        }
        return larger;
    }
}
