package org.dvr.pcaps.netfilter;

/**
 * What a router made of the client of a flow, as the server sees it. Which port it chose is not compared.
 *
 * @param ip the client's address as the server sees it, null where nothing has reached the server yet
 * @param port the client's port, or echo id, as the server sees it
 * @param isChosen whether the router had a choice: the address is another than the client's
 * @param isSelf   a guest talks to itself by its floating IP: one address stands for both ends, so that none of its ports is told
 */
record Mapping(String ip, int port, boolean isChosen, boolean isSelf) {
    static final Mapping NONE = new Mapping(null, -1, false, false);

    /** {@return that of a flow of which nothing has reached the server yet} */
    static Mapping none(final Flow flow) {
        return flow.client().equals(flow.server()) ? new Mapping(flow.target(), -1, true, true) : NONE;
    }

    boolean isKnown() {
        return port >= 0;
    }

    /** {@return true when a number is one that the router has chosen} */
    boolean isChosen(final int number) {
        return isChosen && (isSelf || number == port);
    }

    /** {@return the port as text, the same for whatever was chosen} */
    String show(final String address, final int number) {
        return isChosen(number) && address.equals(ip) ? "chosen" : Integer.toString(number);
    }
}
