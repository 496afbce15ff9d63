package org.dvr.app.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Transport;

/**
 * A lab that exists: its namespaces, wires and hosts. Names of namespaces begin with {@code dvrlab-} and the lab's id.
 * <pre>
 *   a1 a3 b1 v         a2 b2                                   outside 8.8.8.8
 *    |tap…|             |tap…|                                 |
 *  compute1           compute2          network1            upstream 203.0.113.1
 *    | underlay0        |                 |                    |
 *  ==+==================+=================+======  underlay    |        two bridges of the namespace switch
 *  ==+==================+=================+====================+  provider
 *      provider0
 * </pre>
 */
public final class Lab {
    static final String PREFIX = "dvrlab-";
    static final String UNDERLAY_DEVICE = "underlay0";
    static final String PROVIDER_DEVICE = "provider0";
    static final String UNDERLAY = "underlay";
    static final String PROVIDER = "provider";
    static final String TOPOLOGY = "topology.yaml";
    static final String OUTSIDE = "outside";
    static final String GUEST_DEVICE = "eth0";
    static final String SWITCH = "switch";
    private static final String UPSTREAM = "upstream";
    private static final long GRACE_MS = 5_000;

    private final Plan plan;
    private final LabFolder folder;
    private final Map<String, Namespace> namespaces = new LinkedHashMap<>();
    private final Map<Host, DvrHost> forwarders = new LinkedHashMap<>();

    /**
     * What is wanted.
     *
     * @param id        of the lab, part of the names of its namespaces: letters and digits
     * @param transport how tenant networks cross the underlay
     * @param io        ports of {@code dvr run}: {@code afpacket}, {@code afxdp} or {@code pcap}
     * @param options   {@code K=V} for {@code dvr run}
     * @param original  names of the hosts that are built from the kernel's parts
     * @param ovs       names of the hosts whose switch is Open vSwitch, with routers of the kernel's
     */
    public record Plan(
            String id, String transport, String io, List<String> options, Set<String> original, Set<String> ovs) {
        /** Refuses names that are none. */
        public Plan {
            if (!id.matches("[A-Za-z0-9]{1,16}")) {
                throw new LabException("a lab's name has 1 to 16 letters and digits, name=" + id);
            }
            original.forEach(Cast::host);
            ovs.forEach(Cast::host);
            if (!original.isEmpty() && !"vxlan".equals(transport)) {
                throw new LabException(
                        "hosts of the kernel's parts have VXLAN tunnels over IPv4 only; leave out --original or --transport");
            }
            if (!ovs.isEmpty() && "vxlan6".equals(transport)) {
                throw new LabException(
                        "hosts of Open vSwitch have tunnels over IPv4 only; leave out --ovs or --transport");
            }
            options = List.copyOf(options);
            original = Set.copyOf(original);
            ovs = Set.copyOf(ovs);
        }

        Transport kind() {
            return Transport.valueOf(transport.toUpperCase(java.util.Locale.ROOT));
        }

        /** {@return true where routers are the kernel's} */
        boolean isOriginal(final Host host) {
            return original.contains(host.name()) || ovs.contains(host.name());
        }
    }

    private Lab(final Plan plan, final LabFolder folder) {
        this.plan = plan;
        this.folder = folder;
    }

    /**
     * Refuses where the machine or the user cannot have a lab.
     *
     * @param command for the remedy, as {@code dvr lab up}
     * @param plan    what lab
     */
    public static void require(final String command, final Plan plan) {
        requireToRemove(command);
        final List<String> tools = new ArrayList<>(List.of("ping", "tcpdump", "sysctl", "setsid"));
        if (!plan.original().isEmpty() || !plan.ovs().isEmpty()) {
            tools.addAll(List.of("nft", "bridge"));
        }
        if (!plan.ovs().isEmpty()) {
            tools.addAll(OvsSwitch.TOOLS);
        }
        Tools.require(tools);
    }

    /**
     * Refuses where not even a lab can be removed.
     *
     * @param command for the remedy, as {@code dvr lab down}
     */
    public static void requireToRemove(final String command) {
        Tools.requireRoot(command);
        Tools.require(List.of("ip"));
    }

    /**
     * Builds a lab and starts its hosts. What was built is removed when that fails or the process is interrupted.
     *
     * @param plan     what is wanted
     * @param progress is told what is being done, a line each
     * @return the lab, everything in it running
     * @throws LabException when the machine cannot have it
     */
    public static Lab up(final Plan plan, final Consumer<String> progress) {
        final LabFolder folder = LabFolder.of(PREFIX + plan.id());
        if (!folder.own()) {
            throw new LabException(
                    "lab " + plan.id() + " is being built or tested by another process; take another --name");
        }
        final Lab lab = new Lab(plan, folder);
        if (!Namespace.list(lab.prefix()).isEmpty()) {
            folder.close();
            throw new LabException(
                    "there is a lab " + plan.id() + " already; remove it: ./dvr lab down --name " + plan.id());
        }
        final Thread atExit = new Thread(lab::down, "lab-down");
        Runtime.getRuntime().addShutdownHook(atExit);
        boolean isBuilt = false;
        try {
            lab.build(progress);
            isBuilt = true;
        } finally {
            // False where the process is ending already, and the hook at work.
            final boolean isOurs = removeHook(atExit);
            if (!isBuilt && isOurs) {
                lab.down();
            }
        }
        return lab;
    }

    static boolean removeHook(final Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            return false;
        }
    }

    private void build(final Consumer<String> progress) {
        progress.accept("wires, guests and the outside");
        addWires();
        addOutside();
        Cast.HOSTS.forEach(this::addHost);
        Cast.GUESTS.forEach(this::addGuest);
        folder.write(TOPOLOGY, new TopologyDocument(plan.kind()).text());
        for (final Host host : Cast.HOSTS) {
            if (plan.original().contains(host.name())) {
                progress.accept(host.name() + " of the kernel's own parts");
                new OriginalHost(this, host, new KernelSwitch(this, host)).build();
            } else if (plan.ovs().contains(host.name())) {
                progress.accept(host.name() + " of Open vSwitch and the kernel's routers");
                new OriginalHost(this, host, new OvsSwitch(this, host)).build();
            } else {
                forwarders.put(host, new DvrHost(this, host, plan.io(), plan.options()));
            }
        }
        if (!forwarders.isEmpty()) {
            progress.accept("dvr run on "
                    + String.join(
                            ", ", forwarders.keySet().stream().map(Host::name).toList()));
            forwarders.values().forEach(DvrHost::start);
            forwarders.values().forEach(DvrHost::awaitReady);
        }
    }

    private void addWires() {
        final Namespace wires = add(SWITCH);
        int number = 1;
        for (final String wire : List.of(UNDERLAY, PROVIDER)) {
            wires.ip(
                    "link add %s address 02:00:00:00:0f:%02x type bridge stp_state 0 mcast_snooping 0"
                            .formatted(wire, number++),
                    "link set " + wire + " up");
        }
    }

    private void addOutside() {
        final Namespace upstream = add(UPSTREAM);
        final Namespace world = add(OUTSIDE);
        upstream.sysctl("net.ipv4.ip_forward=1", "net.ipv4.icmp_ratemask=0");
        upstream.ip(
                cable(PROVIDER_DEVICE, "p-upstream", namespace(SWITCH)),
                "link set " + PROVIDER_DEVICE + " address " + Cast.UPSTREAM_MAC + " up",
                "address add " + Cast.UPSTREAM_IP + "/24 dev " + PROVIDER_DEVICE,
                cable("world", GUEST_DEVICE, world),
                "link set world up",
                "address add " + Cast.OUTSIDE_GATEWAY_IP + "/24 dev world");
        namespace(SWITCH).ip("link set p-upstream master " + PROVIDER + " up");
        world.ip(
                "link set " + GUEST_DEVICE + " up",
                "address add " + Cast.OUTSIDE_IP + "/24 dev " + GUEST_DEVICE,
                "address add " + Cast.OUTSIDE_OTHER_IP + "/24 dev " + GUEST_DEVICE,
                "route add default via " + Cast.OUTSIDE_GATEWAY_IP);
    }

    private void addHost(final Host host) {
        final Namespace wires = namespace(SWITCH);
        final Namespace machine = add(host.name());
        if (transport().isOverIpv6()) {
            machine.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.default.disable_ipv6=0");
        }
        machine.ip(
                cable(UNDERLAY_DEVICE, underlayPort(host), wires),
                "link set " + UNDERLAY_DEVICE + " address " + host.underlayMac() + " up",
                address(host),
                cable(PROVIDER_DEVICE, providerPort(host), wires),
                "link set " + PROVIDER_DEVICE + " up");
        wires.ip(
                "link set " + underlayPort(host) + " master " + UNDERLAY + " up",
                "link set " + providerPort(host) + " master " + PROVIDER + " up");
    }

    private String address(final Host host) {
        final String address = "address add " + transport().address(host);
        return transport().isOverIpv6()
                ? address + "/64 dev " + UNDERLAY_DEVICE + " nodad"
                : address + "/24 dev " + UNDERLAY_DEVICE;
    }

    private void addGuest(final Guest guest) {
        add(guest.name());
        plug(guest);
        if (guest.equals(Cast.B2)) {
            namespace(guest.name()).ip("address add " + Cast.BEHIND_B2_IP + "/32 dev lo");
        }
    }

    /**
     * Plugs a guest into its host.
     *
     * @param guest that has no device
     */
    void plug(final Guest guest) {
        final Namespace machine = guest(guest.name());
        final int mtu = plan.kind().mtu();
        host(guest.host())
                .ip(cable(guest.tap(), GUEST_DEVICE, machine), "link set " + guest.tap() + " mtu " + mtu + " up");
        machine.ip(
                "link set " + GUEST_DEVICE + " address " + guest.mac() + " mtu " + mtu + " up",
                "address add " + guest.ip() + "/24 dev " + GUEST_DEVICE,
                "route add default via " + guest.network().gatewayIp());
    }

    private static String cable(final String device, final String peer, final Namespace namespace) {
        return "link add " + device + " type veth peer name " + peer + " netns " + namespace;
    }

    // ---- what walks and pictures ask ----

    Plan plan() {
        return plan;
    }

    Transport transport() {
        return plan.kind();
    }

    String prefix() {
        return PREFIX + plan.id() + "-";
    }

    Namespace host(final Host host) {
        return namespace(host.name());
    }

    Namespace guest(final String name) {
        return namespace(name);
    }

    /** {@return the end of a host's underlay device at the switch} */
    static String underlayPort(final Host host) {
        return "u-" + host.name();
    }

    /** {@return the end of a host's provider device at the switch} */
    static String providerPort(final Host host) {
        return "p-" + host.name();
    }

    Namespace wires() {
        return namespace(SWITCH);
    }

    Namespace namespace(final String role) {
        return namespaces.get(role);
    }

    /** {@return roles in the order in which they were made} */
    List<String> roles() {
        return List.copyOf(namespaces.keySet());
    }

    Namespace add(final String role) {
        final Namespace namespace = Namespace.add(prefix() + role);
        namespaces.put(role, namespace);
        return namespace;
    }

    Map<Host, DvrHost> forwarders() {
        return forwarders;
    }

    Path file(final String name) {
        return folder.file(name);
    }

    Path runFolder(final Host host) {
        return folder.file("run-" + host.name());
    }

    /** Changes the document that every forwarder of the lab watches. */
    void topology(final TopologyDocument document) {
        topologyText(document.text());
    }

    void topologyText(final String text) {
        folder.write(TOPOLOGY, text);
    }

    /** Changes it to any text, a document or none. */
    void document(final String text) {
        folder.write(TOPOLOGY, text);
    }

    /** Lets go of the lab without removing it: it stays when this process ends. */
    public void leaveRunning() {
        folder.close();
    }

    /**
     * Keeps captures, logs and the topology of a lab that goes.
     *
     * @param target a folder, made where there is none
     */
    void keep(final Path target) {
        folder.copyTo(target);
    }

    // ---- removing ----

    /** Removes everything of this lab; may be called again. */
    public void down() {
        forwarders.values().forEach(DvrHost::stop);
        remove(PREFIX + plan.id(), folder);
    }

    /**
     * Removes labs, whoever built them and however that ended.
     *
     * @param id       of one; empty for all of the machine
     * @param progress is told what was removed or spared, a line each
     * @return how many were removed
     */
    public static int down(final String id, final Consumer<String> progress) {
        int count = 0;
        for (final String name : existing()) {
            if (!id.isEmpty() && !name.equals(PREFIX + id)) {
                continue;
            }
            final LabFolder folder = LabFolder.of(name);
            if (!folder.own()) {
                progress.accept(
                        "lab " + name.substring(PREFIX.length()) + " left alone: a process is building or testing it");
                continue;
            }
            remove(name, folder);
            progress.accept("lab " + name.substring(PREFIX.length()) + " removed");
            count++;
        }
        return count;
    }

    /** Names of labs of which anything is left: "dvrlab-LAB". */
    private static Set<String> existing() {
        final Set<String> names = new TreeSet<>(LabFolder.list(PREFIX));
        for (final String namespace : Namespace.list(PREFIX)) {
            final int end = namespace.indexOf('-', PREFIX.length());
            names.add(end < 0 ? namespace : namespace.substring(0, end));
        }
        return names;
    }

    private static void remove(final String name, final LabFolder folder) {
        final List<Namespace> left =
                Namespace.list(name + "-").stream().map(Namespace::named).toList();
        end(left.stream().flatMap(namespace -> namespace.processes().stream()).toList());
        left.forEach(Namespace::remove);
        folder.remove();
    }

    /** Whatever runs in namespaces of ours was started by the lab or by somebody who looked around in it. */
    private static void end(final List<ProcessHandle> processes) {
        final List<ProcessHandle> others = new ArrayList<>(processes);
        others.removeIf(process -> process.pid() == ProcessHandle.current().pid());
        others.forEach(ProcessHandle::destroy);
        final long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MS);
        while (others.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadline) {
            Pause.ms(20);
        }
        others.forEach(ProcessHandle::destroyForcibly);
    }
}
