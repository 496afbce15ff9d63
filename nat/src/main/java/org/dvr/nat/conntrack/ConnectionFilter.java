package org.dvr.nat.conntrack;

/** Chooses connections; cold. */
@FunctionalInterface
public interface ConnectionFilter {
    /**
     * Judges one connection. It must not open or remove connections of the table.
     *
     * @param table the table, whose accessors tell the rest
     * @param reference the connection, in its original direction; valid during the call
     * @return whether it is chosen
     */
    boolean matches(ConntrackTable table, int reference);
}
