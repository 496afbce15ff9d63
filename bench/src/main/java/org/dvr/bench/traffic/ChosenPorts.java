package org.dvr.bench.traffic;

/**
 * Source ports that a worker was seen to choose, by flow and turn, and what must hold of them: 1024 to 65,535, and no two live connections with the same
 * one from the same outer address to the same remote address and port.
 */
final class ChosenPorts {
    private static final int UNKNOWN = 0;
    private static final int LOWEST = 1_024;
    private static final int HIGHEST = 65_535;
    private static final int TURNS = 2;

    private final char[] ports = new char[Traffic.MAX_FLOWS * TURNS];
    private final int[] chosenAt = new int[Traffic.MAX_FLOWS * TURNS];
    private final int life;
    private int count;

    /**
     * @param life for how many further choices a connection is live, by all odds
     */
    ChosenPorts(final int life) {
        this.life = life;
    }

    /** The same rules for another worker. */
    ChosenPorts afresh() {
        return new ChosenPorts(life);
    }

    private static int index(final int flow, final int turn) {
        return flow * TURNS + turn;
    }

    int of(final int flow, final int turn) {
        final int port = ports[index(flow, turn)];
        Rig.require(port != UNKNOWN, "no port was chosen for flow " + flow);
        return port;
    }

    /** A connection was opened. */
    void chosen(final int flow, final int turn, final int port) {
        Rig.require(port >= LOWEST && port <= HIGHEST, "port " + port + " of flow " + flow + " is out of range");
        count++;
        for (int other = 0; other < SourceNatFlows.GUESTS_PER_TENANT; other++) {
            final int otherFlow = SourceNatFlows.companion(flow, other);
            for (int otherTurn = 0; otherTurn < TURNS; otherTurn++) {
                final int index = index(otherFlow, otherTurn);
                final boolean isLive = ports[index] != UNKNOWN && count - chosenAt[index] <= life;
                final boolean isOther = otherFlow != flow || otherTurn != turn;
                Rig.require(
                        !(isLive && isOther && ports[index] == port),
                        "port " + port + " is that of flows " + flow + " and " + otherFlow);
            }
        }
        ports[index(flow, turn)] = (char) port;
        chosenAt[index(flow, turn)] = count;
    }

    /** A packet of a connection that is open: it keeps its port. The first to be seen may have opened it. */
    void kept(final int flow, final int turn, final int port) {
        if (ports[index(flow, turn)] == UNKNOWN) {
            chosen(flow, turn, port);
        }
        Rig.require(of(flow, turn) == port, "flow " + flow + " had port " + of(flow, turn) + ", now " + port);
    }
}
