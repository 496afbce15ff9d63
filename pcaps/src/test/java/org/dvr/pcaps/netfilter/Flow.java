package org.dvr.pcaps.netfilter;

import java.util.List;

/** A conversation that traffic is made of. Each of the two routers maps it in its own way. */
final class Flow {
    /** The steps of a TCP connection that ends well. */
    enum Stage {
        NEW,
        SYN_SENT,
        SYN_ANSWERED,
        OPEN,
        FIN_SENT,
        FIN_ACKNOWLEDGED,
        BOTH_FIN_SENT,
        CLOSED
    }

    private final int number;
    private final int protocol;
    private final Endpoint client;
    private final int clientPort;
    private final String target;
    private final Endpoint server;
    private final int serverPort;
    private Mapping ours;
    private Mapping kernel;

    Stage stage = Stage.NEW;
    boolean isFinByClient;
    /** Something has been said in it that its two ends would not say. */
    boolean isDisturbed;
    /** Another flow with its server has been given the very port, towards its client's, that it addresses. */
    boolean isMet;
    /** All flows with its {@link #plainTuple}, itself among them. */
    List<Flow> rivals = List.of();

    long clientNext;
    long serverNext;

    /**
     * @param number    from 0
     * @param protocol  TCP, UDP or ICMP for echoes
     * @param client    who begins
     * @param clientPort its port or echo id
     * @param target    whom it addresses
     * @param server    who that is, null = the router itself, or nobody
     * @param serverPort its port
     */
    Flow(
            final int number,
            final int protocol,
            final Endpoint client,
            final int clientPort,
            final String target,
            final Endpoint server,
            final int serverPort) {
        this.number = number;
        this.protocol = protocol;
        this.client = client;
        this.clientPort = clientPort;
        this.target = target;
        this.server = server;
        this.serverPort = serverPort;
        ours = Mapping.none(this);
        kernel = ours;
    }

    int protocol() {
        return protocol;
    }

    Endpoint client() {
        return client;
    }

    int clientPort() {
        return clientPort;
    }

    String target() {
        return target;
    }

    Endpoint server() {
        return server;
    }

    int serverPort() {
        return serverPort;
    }

    Mapping ours() {
        return ours;
    }

    Mapping kernel() {
        return kernel;
    }

    boolean isAnswerable() {
        return server != null && ours.isKnown() && kernel.isKnown();
    }

    /** {@return true when the outside addresses a guest by its fixed IP: nothing is translated} */
    boolean isPlainFromOutside() {
        return client.side() == Side.OUTSIDE && server != null && target.equals(server.ip());
    }

    /**
     * Its two ends as they would be without translation, whoever began. Two flows of one such tuple cannot be told apart on the guest's side unless a
     * port is changed.
     */
    String plainTuple() {
        final String one = client.ip() + (protocol == Packet.ICMP ? "" : ":" + clientPort);
        final String other = server.ip() + (protocol == Packet.ICMP ? "" : ":" + serverPort);
        final String ends = one.compareTo(other) < 0 ? one + " " + other : other + " " + one;
        return protocol + " " + ends + (protocol == Packet.ICMP ? " " + clientPort : "");
    }

    /** {@return true when another flow has its {@link #plainTuple}, or a router has happened to choose the port that it addresses} */
    boolean hasRival() {
        return rivals.size() > 1 || isMet;
    }

    void learnOurs(final Mapping mapping) {
        ours = mapping;
    }

    void learnKernel(final Mapping mapping) {
        kernel = mapping;
    }

    @Override
    public String toString() {
        return "flow " + number + " " + (protocol == Packet.TCP ? "tcp" : protocol == Packet.UDP ? "udp" : "echo") + " "
                + client.ip() + ":" + clientPort + ">" + target + ":" + serverPort
                + (server == null ? "" : " (" + server.ip() + ")") + " " + stage + (isDisturbed ? " disturbed" : "")
                + ", ours " + ours + ", kernel's " + kernel;
    }
}
