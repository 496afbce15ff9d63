package org.dvr.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.Topologies;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.ini.NeutronSettings;
import org.dvr.control.model.Findings;
import org.dvr.control.model.Host;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.replay.ReplayOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dvr check}: validates a topology, shows what exists on a host, and whether the hosts can do what is asked. */
@Command(
        name = "check",
        description = {
            "Validate a topology and print the preflight.",
            "",
            "All errors are printed at once. With --host also what exists on that host. With --config-file also what the host's own"
                    + " Neutron configuration says. Exit status 1 when a check of the preflight does not pass."
        })
public final class CheckCommand implements Callable<Integer> {
    @Option(
            names = "--topology",
            paramLabel = "F",
            arity = "1..*",
            required = true,
            description = "Topology documents, YAML or JSON, merged by key.")
    private List<Path> topology = new ArrayList<>();

    @Option(names = "--host", paramLabel = "H", description = "Show what exists on this host, and check it alone.")
    private String host;

    @Mixin
    private ConfigFiles configFiles;

    @Option(
            names = "--option",
            paramLabel = "K=V",
            arity = "1..*",
            description = {
                "router_distributed=auto|true|false (default auto, with --config-file): auto asks every check; true vouches for the"
                        + " plugins' settings; false is never.",
                "Options of replay and run are accepted, and checked."
            })
    private List<String> options = new ArrayList<>();

    @Option(
            names = "--local",
            negatable = true,
            description =
                    "Look also at the devices, addresses and tools of this machine. Default: when the host is this machine.")
    private Boolean isLocal;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        final RouterDistributed distributed = routerDistributed();
        final Machine machine = Machine.local();
        final NeutronSettings settings = configFiles.read();
        final String host = settings == null ? this.host : configFiles.host(settings, this.host, topology, machine);
        final TopologyLoader.Result loaded =
                Topologies.load(topology, settings == null ? null : settings.hostSettings(host));
        accept(loaded.findings());
        final Topology cloud = loaded.topology();
        out.printf(
                "topology is valid: %d hosts, %d networks, %d subnets, %d ports, %d routers, %d floating IPs%n",
                cloud.hosts().size(),
                cloud.networks().size(),
                cloud.subnets().size(),
                cloud.ports().size(),
                cloud.routers().size(),
                cloud.floatingIps().size());
        if (host != null) {
            final TopologyCompiler.Result compiled = Topologies.compile(cloud, host, new StableIds());
            accept(compiled.findings());
            print(out, compiled.snapshot());
        }
        final List<PreflightCheck> checks = new ArrayList<>(Preflight.of(cloud, host));
        final Host self = host == null ? null : cloud.hosts().get(host);
        if (settings != null && distributed != RouterDistributed.FALSE) {
            checks.addAll(SettingsPreflight.of(cloud, self, settings, distributed));
        }
        if (self != null && (isLocal == null ? machine.isCalled(host) : isLocal)) {
            checks.addAll(MachinePreflight.of(self, machine));
        }
        if (settings != null || distributed != null) {
            checks.add((distributed == null ? RouterDistributed.AUTO : distributed).verdict(checks, cloud));
        }
        final boolean isPassed = preflight(out, checks);
        out.flush();
        return isPassed ? ExitStatus.FINE : ExitStatus.NO;
    }

    /** Null where nobody says anything about it. */
    private RouterDistributed routerDistributed() {
        RouterDistributed distributed = null;
        final Map<String, String> others = new LinkedHashMap<>();
        for (final String text : options) {
            final int at = text.indexOf('=');
            if (at < 1) {
                throw new ParameterException(spec.commandLine(), "--option must be K=V, not " + text);
            }
            final String value = text.substring(at + 1);
            if (RouterDistributed.OPTION.equals(text.substring(0, at))) {
                distributed = RouterDistributed.of(value);
                if (distributed == null) {
                    throw new UnusableInputException(
                            "--option: " + RouterDistributed.OPTION + " must be auto, true or false, not " + value);
                }
            } else {
                others.put(text.substring(0, at), value);
            }
        }
        try {
            ReplayOptions.of(others, "--option");
        } catch (final ReplayException e) {
            throw new UnusableInputException(e.getMessage(), e);
        }
        return distributed;
    }

    private void accept(final Findings findings) {
        final PrintWriter err = spec.commandLine().getErr();
        findings.warnings().forEach(warning -> err.println("warning: " + warning));
        err.flush();
        if (findings.hasErrors()) {
            throw new UnusableInputException(String.join(System.lineSeparator(), findings.errors()));
        }
    }

    private static boolean preflight(final PrintWriter out, final List<PreflightCheck> checks) {
        out.println();
        out.println("preflight");
        final int width = checks.stream()
                .mapToInt(check -> check.subject().length())
                .max()
                .orElse(0);
        boolean isPassed = true;
        for (final PreflightCheck check : checks) {
            isPassed &= check.isPassed();
            out.printf("  %-4s  %-" + Math.max(1, width) + "s  %s%n", check.level(), check.subject(), check.sentence());
        }
        return isPassed;
    }

    private static void print(final PrintWriter out, final TopologySnapshot snapshot) {
        out.println();
        out.println("host " + snapshot.host());
        out.printf("  %-18s %s%n", "tunnel address", snapshot.vtep() == null ? "none" : snapshot.vtep());
        out.printf("  %-18s %s%n", "DVR MAC", MacAddress.toString(snapshot.dvrMac()));
        attachments(out, snapshot);
        networks(out, snapshot);
        routers(out, snapshot);
        floatingIps(out, snapshot);
        peers(out, snapshot);
    }

    private static void attachments(final PrintWriter out, final TopologySnapshot snapshot) {
        final Table table = new Table("attachment point", "kind", "network", "MAC");
        for (final Attachment attachment : snapshot.attachments()) {
            table.row(
                    attachment.name(),
                    attachment.kind().name().toLowerCase(Locale.ROOT),
                    attachment.segment() == null ? "" : attachment.segment().toString(),
                    attachment.mac() == 0 ? "" : MacAddress.toString(attachment.mac()));
        }
        table.print(out);
    }

    private static void networks(final PrintWriter out, final TopologySnapshot snapshot) {
        final Table table = new Table("network", "type", "id", "MTU", "ports here", "flooded to");
        for (final Segment segment : snapshot.segments()) {
            table.row(
                    segment.toString(),
                    segment.type().label(),
                    segment.segmentationId() == 0 ? "" : Integer.toUnsignedString(segment.segmentationId()),
                    Integer.toString(segment.mtu()),
                    Integer.toString(segment.localPorts().length),
                    String.join(
                            ", ",
                            Arrays.stream(segment.floodPeers()).map(Peer::host).toList()));
        }
        table.print(out);
    }

    private static void routers(final PrintWriter out, final TopologySnapshot snapshot) {
        final Table table = new Table("router", "port", "network", "address", "gateway MAC", "SNAT redirect");
        for (final Router router : snapshot.routers()) {
            for (final RouterPort port : router.ports()) {
                table.row(
                        router + (router.isSnatSide() ? " (SNAT side)" : router.isCentral() ? " (legacy)" : ""),
                        port.toString(),
                        port.segment().toString(),
                        Ipv4Address.toString(port.ip()) + "/" + port.prefixLength(),
                        MacAddress.toString(port.mac()),
                        port.hasRedirect()
                                ? Ipv4Address.toString(port.redirectIp()) + " "
                                        + MacAddress.toString(port.redirectMac())
                                : "");
            }
        }
        table.print(out);
    }

    private static void floatingIps(final PrintWriter out, final TopologySnapshot snapshot) {
        final Table ports = new Table("external network", "fg address", "MAC", "gateway");
        final Table table = new Table("floating IP", "fixed IP", "router", "attachment point");
        final Table forwardings = new Table("floating IP", "port", "forwarded to", "router");
        for (final ExternalPort port : snapshot.externalPorts()) {
            ports.row(
                    port.segment().toString(),
                    port.hasIp() ? Ipv4Address.toString(port.ip()) : "none",
                    MacAddress.toString(port.mac()),
                    port.gatewayIp() == 0 ? "" : Ipv4Address.toString(port.gatewayIp()));
            for (final FloatingIp floatingIp : port.sortedFloatingIps()) {
                table.row(
                        Ipv4Address.toString(floatingIp.floatingIp()),
                        Ipv4Address.toString(floatingIp.fixedIp()),
                        floatingIp.router().toString(),
                        floatingIp.guest() == null ? "" : floatingIp.guest().name());
            }
            for (final PortForwarding forwarding : port.sortedPortForwardings()) {
                forwardings.row(
                        Ipv4Address.toString(forwarding.floatingIp()),
                        protocol(forwarding.protocol()) + " " + forwarding.externalPort(),
                        Ipv4Address.toString(forwarding.internalIp()) + ":" + forwarding.internalPort(),
                        forwarding.router().toString());
            }
        }
        ports.print(out);
        table.print(out);
        forwardings.print(out);
    }

    private static String protocol(final int number) {
        return switch (number) {
            case IpProtocol.TCP -> "tcp";
            case IpProtocol.UDP -> "udp";
            case IpProtocol.SCTP -> "sctp";
            default -> Integer.toString(number);
        };
    }

    private static void peers(final PrintWriter out, final TopologySnapshot snapshot) {
        final Table table = new Table("tunnel peer", "address", "MAC");
        final Map<String, Peer> peers = new TreeMap<>();
        for (final Peer peer : snapshot.peers()) {
            peers.put(peer.host(), peer);
        }
        for (final Peer peer : peers.values()) {
            table.row(
                    peer.host(),
                    peer.address().toString(),
                    peer.mac() == 0 ? peer.isIpv6() ? "by the kernel" : "by ARP" : MacAddress.toString(peer.mac()));
        }
        table.print(out);
    }

    /** Rows under a heading, in columns as wide as they need. */
    private static final class Table {
        private final List<String[]> rows = new ArrayList<>();

        Table(final String... heading) {
            rows.add(heading);
        }

        void row(final String... cells) {
            rows.add(cells);
        }

        void print(final PrintWriter out) {
            if (rows.size() == 1) {
                return;
            }
            final int[] widths = new int[rows.getFirst().length];
            for (final String[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    widths[i] = Math.max(widths[i], row[i].length());
                }
            }
            out.println();
            for (final String[] row : rows) {
                final StringBuilder line = new StringBuilder(" ");
                for (int i = 0; i < row.length; i++) {
                    line.append(' ').append(row[i]).repeat(" ", widths[i] - row[i].length() + 1);
                }
                out.println(line.toString().stripTrailing());
            }
        }
    }
}
