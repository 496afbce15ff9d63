package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Network;
import org.dvr.codec.net.Ipv4Address;

/**
 * Open vSwitch with its userspace datapath, a daemon and a database of the host's own: bridge br-int with the tables of
 * {@code dvr.md} §4 as flows, tunnels of its own over bridge br-phy, which has the host's tunnel address.
 */
final class OvsSwitch implements HostSwitch {
    /** The programs, for a line that names what is missing. */
    static final List<String> TOOLS =
            List.of("ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "ovs-ofctl", "ethtool", "env");

    private static final String SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
    private static final String TUNNEL = "tun0";
    private static final int TUNNEL_PORT = 1;
    private static final long TIMEOUT_MS = 10_000;

    /**
     * A device in br-int.
     *
     * @param number   of its port
     * @param network  whose
     * @param mac      behind it
     * @param isRouter true for the end of a qrouter: what comes from it wears the gateway's MAC
     */
    private record Member(int number, Network network, String mac, boolean isRouter) {}

    private final Lab lab;
    private final Host host;
    private final Namespace machine;
    private final Path folder;
    private final Map<String, Member> members = new LinkedHashMap<>();

    OvsSwitch(final Lab lab, final Host host) {
        this.lab = lab;
        this.host = host;
        machine = lab.host(host);
        folder = lab.file("ovs-" + host.name());
    }

    @Override
    public void build() {
        startDaemons();
        // Frames reach the datapath by packet sockets as they are: whoever sends to it must finish checksums and cut
        // segments itself.
        offloadsOff(lab.wires(), "u-" + host.name());
        configure(
                "add-br",
                "br-phy",
                "--",
                "set",
                "bridge",
                "br-phy",
                "datapath_type=netdev",
                "fail_mode=standalone",
                "other_config:hwaddr=\"" + host.underlayMac() + "\"",
                "--",
                "add-port",
                "br-phy",
                Lab.UNDERLAY_DEVICE);
        machine.ip(
                "address flush dev " + Lab.UNDERLAY_DEVICE,
                "link set br-phy up",
                "address add " + host.tunnelIp() + "/24 dev br-phy");
        // The kernel sees the same frames, has the address, knows no port of these tunnels, and would say so to the
        // peers.
        machine.nft("table netdev underlay { chain kernel { type filter hook ingress device " + Lab.UNDERLAY_DEVICE
                + " priority 0; policy drop; }; }\n");
        configure("add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev", "fail_mode=secure");
        configure(
                "add-port",
                "br-int",
                TUNNEL,
                "--",
                "set",
                "interface",
                TUNNEL,
                "type=" + lab.transport().label(),
                "options:key=flow",
                "options:remote_ip=flow",
                "options:local_ip=" + host.tunnelIp(),
                "ofport_request=" + TUNNEL_PORT);
        for (final Guest guest : Cast.guestsOn(host)) {
            offloadsOff(lab.guest(guest.name()), Lab.GUEST_DEVICE);
            add(guest.tap(), new Member(TUNNEL_PORT + 1 + members.size(), guest.network(), guest.mac(), false));
        }
    }

    private static void offloadsOff(final Namespace namespace, final String device) {
        namespace.run("ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off");
    }

    private void startDaemons() {
        try {
            Files.createDirectories(folder);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Files.isRegularFile(Path.of(SCHEMA))) {
            throw new LabException(SCHEMA + " not found; install: apt-get install openvswitch-switch");
        }
        final String database = folder.resolve("conf.db").toString();
        final String socket = folder.resolve("db.sock").toString();
        Tools.run(List.of("ovsdb-tool", "create", database, SCHEMA));
        daemon(
                "ovsdb-server",
                "ovsdb-server",
                database,
                "--remote=punix:" + socket,
                "--no-chdir",
                "--unixctl=" + folder.resolve("ovsdb.ctl"));
        await("ovsdb-server", folder.resolve("db.sock"));
        daemon(
                "ovs-vswitchd",
                "ovs-vswitchd",
                "unix:" + socket,
                "--no-chdir",
                "--unixctl=" + folder.resolve("vswitchd.ctl"));
        await("ovs-vswitchd", folder.resolve("vswitchd.ctl"));
    }

    private void daemon(final String name, final String... command) {
        final List<String> line = new ArrayList<>(List.of("setsid"));
        line.addAll(machine.within(withFolder(command)));
        Tools.start(line, lab.file(name + "-" + host.name() + ".log"));
    }

    private String[] withFolder(final String... command) {
        final List<String> line = new ArrayList<>(List.of("env", "OVS_RUNDIR=" + folder));
        line.addAll(List.of(command));
        return line.toArray(String[]::new);
    }

    private void await(final String program, final Path socket) {
        final long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000;
        while (!Files.exists(socket)) {
            if (System.nanoTime() > deadline) {
                throw new LabException(
                        program + " does not start; it says: see " + lab.file(program + "-" + host.name() + ".log"));
            }
            Pause.ms(20);
        }
    }

    private void configure(final String... arguments) {
        final List<String> command =
                new ArrayList<>(List.of("ovs-vsctl", "--db=unix:" + folder.resolve("db.sock"), "--timeout=20"));
        command.addAll(List.of(arguments));
        machine.run(withFolder(command.toArray(String[]::new)));
    }

    private void add(final String device, final Member member) {
        configure("add-port", "br-int", device, "--", "set", "interface", device, "ofport_request=" + member.number());
        members.put(device, member);
    }

    @Override
    public void plug(final String device, final Network network, final String mac) {
        machine.ip("link set " + device + " up");
        add(device, new Member(TUNNEL_PORT + 1 + members.size(), network, mac, mac.equals(network.gatewayMac())));
    }

    // ---- flows ----

    @Override
    public void finish() {
        final List<String> flows = new ArrayList<>();
        for (final Network network : Cast.NETWORKS) {
            fromTunnel(flows, network);
            membersOf(network).forEach(member -> fromMember(flows, network, member));
        }
        Tools.run(
                machine.within(withFolder("ovs-ofctl", "-O", "OpenFlow13", "add-flows", "br-int", "-")),
                String.join("\n", flows) + "\n");
        // The datapath drops what it has no neighbor for, and learns neighbors from ARP that passes br-phy.
        Cast.peersOf(host).forEach(peer -> machine.attempt("ping", "-c", "1", "-W", "2", peer.tunnelIp()));
    }

    private List<Member> membersOf(final Network network) {
        return members.values().stream()
                .filter(member -> member.network().equals(network))
                .toList();
    }

    private void fromTunnel(final List<String> flows, final Network network) {
        final String in = "in_port=" + TUNNEL_PORT + ",tun_id=" + network.segment() + ",";
        for (final Host peer : Cast.peersOf(host)) {
            for (final Member member : membersOf(network)) {
                if (!member.isRouter()) {
                    flow(
                            flows,
                            20,
                            in + "dl_src=" + peer.dvrMac() + ",dl_dst=" + member.mac(),
                            "set_field:" + network.gatewayMac() + "->eth_src,output:" + member.number());
                }
            }
            flow(flows, 19, in + "dl_src=" + peer.dvrMac(), "drop");
        }
        for (final Member member : membersOf(network)) {
            if (!member.isRouter()) {
                flow(flows, 18, in + "dl_dst=" + member.mac(), "output:" + member.number());
            }
        }
        flow(
                flows,
                17,
                in + "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00",
                membersOf(network).stream()
                        .filter(member -> !member.isRouter())
                        .map(member -> "output:" + member.number())
                        .collect(Collectors.joining(",")));
    }

    private void fromMember(final List<String> flows, final Network network, final Member from) {
        final String in = "in_port=" + from.number() + ",";
        final String toTunnel = (from.isRouter() ? "set_field:" + host.dvrMac() + "->eth_src," : "") + "set_field:"
                + network.segment() + "->tun_id,";
        final List<Member> others = membersOf(network).stream()
                .filter(member -> !member.equals(from))
                .toList();
        others.forEach(member -> flow(flows, 16, in + "dl_dst=" + member.mac(), "output:" + member.number()));
        // A gateway is asked for and reached at home.
        flow(
                flows,
                15,
                in + "arp,arp_tpa=" + network.gatewayIp(),
                others.stream()
                        .filter(Member::isRouter)
                        .map(member -> "output:" + member.number())
                        .findFirst()
                        .orElse("drop"));
        for (final Guest guest : Cast.GUESTS) {
            if (guest.network().equals(network) && !guest.host().equals(host)) {
                remote(flows, in, toTunnel, guest.mac(), guest.portIp(), guest.host());
            }
        }
        if (!host.isNetworkHost()) {
            remote(flows, in, toTunnel, network.csnatMac(), network.csnatIp(), Cast.NETWORK1);
        }
        final StringBuilder copies = new StringBuilder();
        others.forEach(member -> copies.append("output:" + member.number() + ","));
        copies.append(toTunnel);
        Cast.peersOf(host)
                .forEach(peer ->
                        copies.append("set_field:" + peer.tunnelIp() + "->tun_dst,output:" + TUNNEL_PORT + ","));
        flow(flows, 12, in + "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00", copies.substring(0, copies.length() - 1));
    }

    /** What L2 population says of a port elsewhere: who answers for its address, and which tunnel leads to its MAC. */
    private static void remote(
            final List<String> flows,
            final String in,
            final String toTunnel,
            final String mac,
            final String ip,
            final Host peer) {
        flow(
                flows,
                14,
                in + "arp,arp_op=1,arp_tpa=" + ip + ",dl_dst=ff:ff:ff:ff:ff:ff",
                "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:" + mac + "->eth_src,load:2->NXM_OF_ARP_OP[],"
                        + "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],"
                        + "load:0x" + mac.replace(":", "") + "->NXM_NX_ARP_SHA[],"
                        + "load:0x" + Integer.toHexString(Ipv4Address.parse(ip)) + "->NXM_OF_ARP_SPA[],in_port");
        flow(
                flows,
                13,
                in + "dl_dst=" + mac,
                toTunnel + "set_field:" + peer.tunnelIp() + "->tun_dst,output:" + TUNNEL_PORT);
    }

    private static void flow(final List<String> flows, final int priority, final String match, final String actions) {
        flows.add("priority=" + priority + "," + match + ",actions=" + actions);
    }
}
