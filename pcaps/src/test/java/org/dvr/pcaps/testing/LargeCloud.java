package org.dvr.pcaps.testing;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.testing.TestFrames;

/**
 * A cloud of 50 hosts and 5,000 guests, 100 on each host: 100 tenants with the same addresses, each with a distributed router between two
 * networks of 25 guests that are spread over the hosts at random; every tenth guest has a floating IP. A thousand conversations between
 * random guests: in a network, between the networks of a tenant, from floating IP to floating IP of any tenant.
 * <p>{@link #main} writes it as a scenario folder, whose replay takes seconds. It is not kept as files, for it would be larger than all
 * other scenarios together.
 */
public final class LargeCloud {
    /** Hosts that are replayed. */
    public static final int HOSTS = 50;

    /** Guests on each of them. */
    public static final int GUESTS_PER_HOST = 100;

    private static final int GUESTS = HOSTS * GUESTS_PER_HOST;
    private static final int NETWORKS_PER_TENANT = 2;
    private static final int GUESTS_PER_NETWORK = 25;
    private static final int NETWORKS = GUESTS / GUESTS_PER_NETWORK;
    private static final int TENANTS = NETWORKS / NETWORKS_PER_TENANT;
    private static final int CONVERSATIONS = 1_000;
    private static final int DATAGRAMS = 10;
    private static final long LENGTH_NS = 1_000_000_000L;

    private static final long GUEST_MACS = 0xFA163E000000L;
    private static final long GATEWAY_MACS = 0xFA163E100000L;
    private static final long CSNAT_MACS = 0xFA163E200000L;
    private static final long ROUTER_MACS = 0xFA163E300000L;
    private static final long FG_MACS = 0xFA163E400000L;
    private static final String EXTERNAL_GATEWAY = "198.18.0.1";

    /** A guest, by its number: 25 to a network, two networks to a tenant. */
    private record Guest(int number, int host) {
        int network() {
            return number / GUESTS_PER_NETWORK;
        }

        int tenant() {
            return network() / NETWORKS_PER_TENANT;
        }

        boolean hasFloatingIp() {
            return number % 10 == 0;
        }

        String mac() {
            return MacAddress.toString(GUEST_MACS + number);
        }

        String gatewayMac() {
            return MacAddress.toString(GATEWAY_MACS + network());
        }

        String ip() {
            return subnet(network()) + (11 + number % GUESTS_PER_NETWORK);
        }

        String floatingIp() {
            return "198.19." + number / 2500 + "." + (1 + number % 2500 / 10);
        }

        String portId() {
            return String.format("%08d-00", number);
        }

        /** Attachment point. */
        String point() {
            return hostName(host) + "/tap" + portId();
        }
    }

    private record Datagram(long timeNs, Guest from, Guest to, boolean isToFloatingIp, int id) {
        byte[] frame() {
            final boolean isBridged = !isToFloatingIp && from.network() == to.network();
            return TestFrames.ethernet(from.mac(), isBridged ? to.mac() : from.gatewayMac())
                    .ipv4(from.ip(), isToFloatingIp ? to.floatingIp() : to.ip())
                    .id(id)
                    .udp(5000, 7777)
                    .payload(18)
                    .build();
        }

        /** What the receiver must see (dvr.md §9.1 to §9.4, §9.8, §9.9). */
        Arrival arrival() {
            if (isToFloatingIp) {
                return new Arrival(
                        timeNs, to.gatewayMac(), from.floatingIp(), to.ip(), from.host == to.host ? 61 : 60, id);
            }
            final boolean isBridged = from.network() == to.network();
            return new Arrival(
                    timeNs, isBridged ? from.mac() : to.gatewayMac(), from.ip(), to.ip(), isBridged ? 64 : 63, id);
        }
    }

    /**
     * What a guest receives.
     *
     * @param timeNs      nanoseconds after {@link ScenarioInputs#EPOCH_NS}
     * @param sourceMac   of the frame
     * @param source      address
     * @param destination address
     * @param ttl         of the packet
     * @param id          IP id, of which each datagram has its own
     */
    public record Arrival(long timeNs, String sourceMac, String source, String destination, int ttl, int id) {
        /**
         * Reads a frame.
         *
         * @param timeNs nanoseconds after {@link ScenarioInputs#EPOCH_NS}
         * @param frame  IPv4 without a VLAN tag
         * @return what was received
         */
        public static Arrival of(final long timeNs, final byte[] frame) {
            return new Arrival(
                    timeNs,
                    MacAddress.toString(number(frame, 6, 6)),
                    Ipv4Address.toString((int) number(frame, 26, 4)),
                    Ipv4Address.toString((int) number(frame, 30, 4)),
                    frame[22] & 0xFF,
                    (int) number(frame, 18, 2));
        }

        private static long number(final byte[] frame, final int offset, final int length) {
            long value = 0;
            for (int i = offset; i < offset + length; i++) {
                value = (value << 8) | (frame[i] & 0xFF);
            }
            return value;
        }
    }

    private final List<Guest> guests = new ArrayList<>();
    private final List<Datagram> datagrams = new ArrayList<>();

    /**
     * A cloud and its traffic.
     *
     * @param seed the same gives the same
     */
    public LargeCloud(final long seed) {
        final Random random = new Random(seed);
        final List<Integer> places = new ArrayList<>();
        for (int i = 0; i < GUESTS; i++) {
            places.add(i % HOSTS);
        }
        Collections.shuffle(places, random);
        for (int i = 0; i < GUESTS; i++) {
            guests.add(new Guest(i, places.get(i)));
        }
        for (int i = 0; i < CONVERSATIONS; i++) {
            converse(random);
        }
        datagrams.sort(Comparator.comparingLong(Datagram::timeNs));
    }

    /** Two guests and what they send to each other in turn. */
    private void converse(final Random random) {
        final boolean isToFloatingIp = random.nextInt(4) == 0;
        final Guest a;
        Guest b;
        if (isToFloatingIp) {
            a = guests.get(10 * random.nextInt(GUESTS / 10));
            do {
                b = guests.get(10 * random.nextInt(GUESTS / 10));
            } while (a.equals(b));
        } else {
            a = guests.get(random.nextInt(GUESTS));
            final int perTenant = GUESTS_PER_NETWORK * NETWORKS_PER_TENANT;
            do {
                b = guests.get(a.tenant() * perTenant + random.nextInt(perTenant));
            } while (a.equals(b));
        }
        long timeNs = random.nextLong(LENGTH_NS);
        for (int i = 0; i < DATAGRAMS; i++) {
            datagrams.add(new Datagram(timeNs, a, b, isToFloatingIp, 1 + datagrams.size()));
            timeNs += 1_000_000 + random.nextInt(1_000_000);
            datagrams.add(new Datagram(timeNs, b, a, isToFloatingIp, 1 + datagrams.size()));
            timeNs += 1_000_000 + random.nextInt(1_000_000);
        }
    }

    /** {@return what each guest must receive, in order, by attachment point; those that receive nothing are left out} */
    public Map<String, List<Arrival>> arrivals() {
        final Map<String, List<Arrival>> arrivals = new TreeMap<>();
        for (final Datagram datagram : datagrams) {
            arrivals.computeIfAbsent(datagram.to.point(), point -> new ArrayList<>())
                    .add(datagram.arrival());
        }
        return arrivals;
    }

    /** {@return names of the hosts that are replayed, ascending} */
    public static List<String> hostNames() {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < HOSTS; i++) {
            names.add(hostName(i));
        }
        return names;
    }

    private static String hostName(final int number) {
        return String.format("compute%02d", number + 1);
    }

    /** Every tenant has the same two subnets: all but the last byte of their addresses. */
    private static String subnet(final int network) {
        return "10.0." + (1 + network % NETWORKS_PER_TENANT) + ".";
    }

    /**
     * Writes the scenario, without expected output.
     *
     * @param folder where to
     */
    public void write(final Path folder) {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (final Datagram datagram : datagrams) {
            inputs.atNs(datagram.from.point(), datagram.timeNs, datagram.frame());
        }
        inputs.write(folder);
        try {
            Files.writeString(
                    folder.resolve("scenario.yaml"),
                    "says: Random guests of a hundred tenants on fifty hosts talk, in networks, between networks, by floating IPs.\n"
                            + "hosts: [" + String.join(", ", hostNames()) + "]\n");
            try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(folder.resolve("topology.yaml")))) {
                hosts(out);
                networks(out);
                routers(out);
                ports(out);
                floatingIps(out);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void hosts(final PrintWriter out) {
        out.println("hosts:");
        for (int i = 0; i < HOSTS; i++) {
            host(out, hostName(i), "dvr", i + 1);
        }
        host(out, "network1", "dvr_snat", HOSTS + 1);
    }

    private static void host(final PrintWriter out, final String name, final String mode, final int number) {
        out.printf(
                "  - {name: %s, agent_mode: %s, local_ip: 172.16.0.%d, underlay_mac: \"%s\", bridge_mappings: {provider: br-ex}}%n",
                name, mode, number, MacAddress.toString(0x020000000000L + number));
    }

    private static void networks(final PrintWriter out) {
        out.println("networks:");
        for (int i = 0; i < NETWORKS; i++) {
            out.printf(
                    "  - {id: net-%d, \"provider:network_type\": vxlan, \"provider:segmentation_id\": %d}%n",
                    i, 1000 + i);
        }
        out.println("  - {id: net-e, \"provider:network_type\": flat, \"provider:physical_network\": provider,"
                + " \"router:external\": true}");
        out.println("subnets:");
        for (int i = 0; i < NETWORKS; i++) {
            out.printf(
                    "  - {id: sub-%d, network_id: net-%d, ip_version: 4, cidr: %s0/24, gateway_ip: %s1}%n",
                    i, i, subnet(i), subnet(i));
        }
        out.println("  - {id: sub-e, network_id: net-e, ip_version: 4, cidr: 198.18.0.0/15, gateway_ip: "
                + EXTERNAL_GATEWAY + "}");
        out.println("neighbors:");
        out.println("  - {\"on\": provider, ip_address: " + EXTERNAL_GATEWAY + ", mac_address: \"52:54:00:00:00:01\"}");
    }

    private static void routers(final PrintWriter out) {
        out.println("routers:");
        for (int i = 0; i < TENANTS; i++) {
            out.printf(
                    "  - {id: router-%d, distributed: true, gw_port_host: network1, external_gateway_info: {network_id: net-e,"
                            + " enable_snat: true, external_fixed_ips: [{subnet_id: sub-e, ip_address: 198.18.2.%d}]}}%n",
                    i, i + 1);
        }
    }

    private void ports(final PrintWriter out) {
        out.println("ports:");
        for (int i = 0; i < NETWORKS; i++) {
            final String device = ", device_id: router-" + i / NETWORKS_PER_TENANT;
            final String owner = "device_owner: network:router_";
            port(out, "gw-" + i, i, GATEWAY_MACS + i, subnet(i) + 1, owner + "interface_distributed" + device);
            port(
                    out,
                    "csnat-" + i,
                    i,
                    CSNAT_MACS + i,
                    subnet(i) + 2,
                    owner + "centralized_snat" + device + bound("network1"));
        }
        for (int i = 0; i < TENANTS; i++) {
            external(
                    out,
                    "qg-" + i,
                    ROUTER_MACS + i,
                    "198.18.2." + (i + 1),
                    "router_gateway, device_id: router-" + i + bound("network1"));
        }
        for (int i = 0; i < HOSTS; i++) {
            external(
                    out,
                    "fg-" + i,
                    FG_MACS + i,
                    "198.18.1." + (i + 1),
                    "floatingip_agent_gateway" + bound(hostName(i)));
        }
        for (final Guest guest : guests) {
            port(
                    out,
                    guest.portId(),
                    guest.network(),
                    GUEST_MACS + guest.number,
                    guest.ip(),
                    "device_owner: \"compute:nova\"" + bound(hostName(guest.host)));
        }
    }

    private static String bound(final String host) {
        return ", \"binding:host_id\": " + host;
    }

    private static void port(
            final PrintWriter out,
            final String id,
            final int network,
            final long mac,
            final String ip,
            final String owner) {
        out.printf(
                "  - {id: \"%s\", network_id: net-%d, mac_address: \"%s\", fixed_ips: [{subnet_id: sub-%d, ip_address: %s}], %s}%n",
                id, network, MacAddress.toString(mac), network, ip, owner);
    }

    private static void external(
            final PrintWriter out, final String id, final long mac, final String ip, final String owner) {
        out.printf(
                "  - {id: %s, network_id: net-e, mac_address: \"%s\", fixed_ips: [{subnet_id: sub-e, ip_address: %s}],"
                        + " device_owner: network:%s}%n",
                id, MacAddress.toString(mac), ip, owner);
    }

    private void floatingIps(final PrintWriter out) {
        out.println("floatingips:");
        for (final Guest guest : guests) {
            if (guest.hasFloatingIp()) {
                out.printf(
                        "  - {id: fip-%d, floating_ip_address: %s, floating_network_id: net-e, port_id: \"%s\","
                                + " fixed_ip_address: %s, router_id: router-%d}%n",
                        guest.number, guest.floatingIp(), guest.portId(), guest.ip(), guest.tenant());
            }
        }
    }

    /**
     * Writes the scenario.
     *
     * @param args the folder, and a seed other than 1
     */
    public static void main(final String[] args) {
        new LargeCloud(args.length < 2 ? 1 : Long.parseLong(args[1])).write(Path.of(args[0]));
    }
}
