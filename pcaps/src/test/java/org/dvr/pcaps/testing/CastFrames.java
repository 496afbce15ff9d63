package org.dvr.pcaps.testing;

import java.util.function.Supplier;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** What the cast of dvr.md §9.0 sends: beginnings of frames, to which the caller adds a transport. */
final class CastFrames {
    static final String GA = "fa:16:3e:0a:00:01";
    static final String SA = "fa:16:3e:0a:00:02";
    static final String GB = "fa:16:3e:0b:00:01";
    static final String SB = "fa:16:3e:0b:00:02";
    static final String MA1 = "fa:16:3e:0a:00:11";
    static final String MA2 = "fa:16:3e:0a:00:12";
    static final String MA3 = "fa:16:3e:0a:00:13";
    static final String MB1 = "fa:16:3e:0b:00:11";
    static final String MB2 = "fa:16:3e:0b:00:12";
    static final String F1 = "fa:16:3e:0e:00:41";
    static final String F2 = "fa:16:3e:0e:00:42";
    static final String Q = "fa:16:3e:0e:00:30";
    static final String D2 = "fa:16:3f:00:00:02";

    /** The upstream router. */
    static final String U = "52:54:00:00:00:01";
    /** A host in the external network. */
    static final String ON_LINK = "52:54:00:00:00:09";
    /** MAC of compute1 on the external network where it has no fg port there. */
    static final String OWN = "02:00:00:00:0e:01";

    static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    /** Anybody outside. */
    static final String X = "8.8.8.8";

    private static final long STEP_US = 1_000;

    private CastFrames() {}

    static TestFrames a1(final String destination) {
        return TestFrames.ethernet(MA1, GA).ipv4("10.0.1.11", destination);
    }

    static TestFrames a3(final String destination) {
        return TestFrames.ethernet(MA3, GA).ipv4("10.0.1.13", destination);
    }

    static TestFrames b1(final String destination) {
        return TestFrames.ethernet(MB1, GB).ipv4("10.0.2.11", destination);
    }

    /** From outside by the upstream router, to the MAC of compute1's fg port. */
    static TestFrames outside(final String destination) {
        return TestFrames.ethernet(U, F1).ipv4(X, destination);
    }

    /** An ARP request on a wire. */
    static byte[] asks(final String mac, final String senderIp, final String targetIp) {
        return TestFrames.ethernet(mac, BROADCAST)
                .arpRequest(mac, senderIp, targetIp)
                .padTo(60)
                .build();
    }

    /** An ARP reply on a wire. */
    static byte[] tells(final String mac, final String ip, final String toMac, final String toIp) {
        return TestFrames.ethernet(mac, toMac)
                .arpReply(mac, ip, toMac, toIp)
                .padTo(60)
                .build();
    }

    /** A frame from the network host in VXLAN. */
    static byte[] fromNetwork1(final int vni, final byte[] inner) {
        return TestFrames.vxlan("02:00:00:00:00:03", "02:00:00:00:00:01", "172.16.0.3", "172.16.0.1", vni, inner);
    }

    /** A frame from the other compute host in VXLAN. */
    static byte[] fromCompute2(final int vni, final byte[] inner) {
        return TestFrames.vxlan("02:00:00:00:00:02", "02:00:00:00:00:01", "172.16.0.2", "172.16.0.1", vni, inner);
    }

    /** One datagram each way, a millisecond apart: client port 5000, server port 7777. */
    static ScenarioInputs datagrams(
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        return new ScenarioInputs()
                .at(clientAt, 0, client.get().udp(5000, 7777).payload(18).build())
                .at(serverAt, STEP_US, server.get().udp(7777, 5000).payload(32).build());
    }

    /** Two echo requests with identifier 7 and their replies. */
    static ScenarioInputs pings(
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (int i = 1; i <= 2; i++) {
            inputs.at(
                    clientAt,
                    2L * i * STEP_US,
                    client.get().icmpEcho(7, i).payload(24).build());
            inputs.at(
                    serverAt,
                    (2L * i + 1) * STEP_US,
                    server.get().icmpEchoReply(7, i).payload(24).build());
        }
        return inputs;
    }

    /** A TCP connection from SYN to the last ACK: client port 40000, server port 80; the client sends 5 segments, the server 3. */
    static ScenarioInputs connection(
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        final int ack = TcpHeader.ACK;
        final int push = TcpHeader.PSH | ack;
        final int fin = TcpHeader.FIN | ack;
        return new ScenarioInputs()
                .at(
                        clientAt,
                        0,
                        client.get().tcp(40000, 80, TcpHeader.SYN, 100, 0).build())
                .at(
                        serverAt,
                        STEP_US,
                        server.get()
                                .tcp(80, 40000, TcpHeader.SYN | ack, 500, 101)
                                .build())
                .at(
                        clientAt,
                        2 * STEP_US,
                        client.get().tcp(40000, 80, ack, 101, 501).build())
                .at(
                        clientAt,
                        3 * STEP_US,
                        client.get().tcp(40000, 80, push, 101, 501).payload(10).build())
                .at(
                        serverAt,
                        4 * STEP_US,
                        server.get().tcp(80, 40000, push, 501, 111).payload(20).build())
                .at(
                        clientAt,
                        5 * STEP_US,
                        client.get().tcp(40000, 80, fin, 111, 521).build())
                .at(
                        serverAt,
                        6 * STEP_US,
                        server.get().tcp(80, 40000, fin, 521, 112).build())
                .at(
                        clientAt,
                        7 * STEP_US,
                        client.get().tcp(40000, 80, ack, 112, 522).build());
    }
}
