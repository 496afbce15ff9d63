package org.dvr.nat.conntrack;

/** Sees connections one after the other; cold. */
@FunctionalInterface
public interface ConnectionVisitor {
    /**
     * Sees one connection. It must not open or remove connections of the table.
     *
     * @param table the table, whose accessors tell the rest
     * @param reference the connection, in its original direction; valid during the call
     */
    void onConnection(ConntrackTable table, int reference);
}
