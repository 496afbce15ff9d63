package org.dvr.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.dvr.app.lab.Lab;
import org.dvr.app.lab.LabException;
import org.dvr.app.lab.LabPicture;
import org.dvr.app.lab.LabTest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dvr lab}: a cloud of real hosts on one machine. */
@Command(
        name = "lab",
        description = "Hosts, guests and an outside world in network namespaces of this machine.",
        subcommands = {
            LabCommand.Up.class,
            LabCommand.Test.class,
            LabCommand.Soak.class,
            LabMeasureCommand.class,
            LabCommand.Down.class
        })
public final class LabCommand implements Callable<Integer> {
    private static final int MINUTES_LIMIT = 1_440;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "up, test, soak, measure or down?");
    }

    /** What labs have in common. */
    static final class Hosts {
        @Option(
                names = "--io",
                paramLabel = "KIND",
                defaultValue = "afpacket",
                description = "Ports of dvr run: afpacket, afxdp or pcap. Default: ${DEFAULT-VALUE}.")
        private String io;

        @Option(
                names = "--original",
                arity = "0..1",
                split = ",",
                fallbackValue = "compute2",
                paramLabel = "HOST",
                description =
                        "These hosts are built from the kernel's own parts, as the original builds them: names with commas between, or "
                                + "all. Without a name: compute2.")
        private Set<String> original = Set.of();

        @Option(
                names = "--ovs",
                arity = "0..1",
                split = ",",
                fallbackValue = "compute2",
                paramLabel = "HOST",
                description =
                        "These hosts switch and tunnel by Open vSwitch's userspace datapath. Without a name: compute2.")
        private Set<String> ovs = Set.of();

        @Option(
                names = "--transport",
                paramLabel = "TYPE",
                defaultValue = "vxlan",
                description =
                        "Tunnels of the tenant networks: vxlan, gre, or vxlan6, which is VXLAN over IPv6. Default: ${DEFAULT-VALUE}.")
        private String transport;

        @Option(names = "--option", paramLabel = "K=V", description = "An option of dvr run; may be repeated.")
        private List<String> options = List.of();

        private Lab.Plan plan(final String name) {
            if (!Set.of("afpacket", "afxdp", "pcap").contains(io)) {
                throw new UnusableInputException("dvr: --io is afpacket, afxdp or pcap, not " + io);
            }
            if (!Set.of("vxlan", "gre", "vxlan6").contains(transport)) {
                throw new UnusableInputException("dvr: --transport is vxlan, gre or vxlan6, not " + transport);
            }
            return new Lab.Plan(name, transport, io, options, names(original), names(ovs));
        }
    }

    private static Set<String> names(final Set<String> given) {
        return given.contains("all") ? Set.of("compute1", "compute2", "network1") : new TreeSet<>(given);
    }

    /** Builds a lab and leaves it running. */
    @Command(name = "up", description = "Build a lab, print its picture, leave it running.")
    static final class Up implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private Hosts hosts;

        @Option(
                names = "--name",
                defaultValue = "lab",
                description = "Name of the lab, so that several can be up. Default: ${DEFAULT-VALUE}.")
        private String name;

        @Override
        public Integer call() {
            return usable(() -> {
                final Lab.Plan plan = hosts.plan(name);
                Lab.require("dvr lab up", plan);
                final PrintWriter err = spec.commandLine().getErr();
                final Lab lab = Lab.up(plan, err::println);
                final PrintWriter out = spec.commandLine().getOut();
                out.print(new LabPicture(lab).text());
                out.flush();
                lab.leaveRunning();
                return ExitStatus.FINE;
            });
        }
    }

    /** Walks through a lab of its own. */
    @Command(
            name = "test",
            description =
                    "Build a lab, walk every walk of a packet with ping, UDP, TCP and captures on every wire, remove it.")
    static final class Test implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private Hosts hosts;

        @Option(
                names = "--only",
                paramLabel = "TEXT",
                defaultValue = "",
                description = "Only walks whose line contains it, as 9.4 or outside.")
        private String only;

        @Option(
                names = "--interop",
                description = "Then let programs of others judge: iperf3, curl, nping, tracepath, a STUN client, wrk.")
        private boolean isInterop;

        @Option(
                names = "--keep",
                paramLabel = "DIR",
                description = "Keep what the walks left in this folder: captures, logs, the topology.")
        private Path keep;

        @Override
        public Integer call() {
            return usable(() -> {
                final Lab.Plan plan = hosts.plan("t" + ProcessHandle.current().pid());
                Lab.require("dvr lab test", plan);
                final LabTest.Choice choice = new LabTest.Choice(only, isInterop, keep);
                choice.require();
                final PrintWriter out = spec.commandLine().getOut();
                final PrintWriter err = spec.commandLine().getErr();
                final int failed = LabTest.run(
                        plan,
                        choice,
                        line -> {
                            out.println(line);
                            out.flush();
                        },
                        err::println);
                return failed == 0 ? ExitStatus.FINE : ExitStatus.NO;
            });
        }
    }

    /** Lets a lab of its own run for minutes. */
    @Command(
            name = "soak",
            description =
                    "Build a lab, let mixed traffic flow while topology, devices and files change, say what was lost and what has grown, remove it.")
    static final class Soak implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private Hosts hosts;

        @Option(
                names = "--minutes",
                paramLabel = "N",
                defaultValue = "10",
                description = "How long, from 1 to 1,440. Default: ${DEFAULT-VALUE}.")
        private int minutes;

        @Option(names = "--keep", paramLabel = "DIR", description = "Keep logs, the collectors' too, in this folder.")
        private Path keep;

        @Override
        public Integer call() {
            return usable(() -> {
                if (minutes < 1 || minutes > MINUTES_LIMIT) {
                    throw new UnusableInputException(
                            "dvr: --minutes is from 1 to " + MINUTES_LIMIT + ", not " + minutes);
                }
                final Lab.Plan plan = hosts.plan("s" + ProcessHandle.current().pid());
                if (!plan.original().isEmpty() || !plan.ovs().isEmpty()) {
                    throw new UnusableInputException(
                            "dvr: lab soak looks into forwarders; leave out --original and --ovs");
                }
                Lab.require("dvr lab soak", plan);
                final PrintWriter out = spec.commandLine().getOut();
                final PrintWriter err = spec.commandLine().getErr();
                final int failed = org.dvr.app.lab.Soak.run(
                        plan,
                        minutes,
                        keep,
                        line -> {
                            out.println(line);
                            out.flush();
                        },
                        err::println);
                return failed == 0 ? ExitStatus.FINE : ExitStatus.NO;
            });
        }
    }

    /** Removes labs. */
    @Command(name = "down", description = "Remove every lab of this machine, however it ended.")
    static final class Down implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(names = "--name", defaultValue = "", description = "Only this lab.")
        private String name;

        @Override
        public Integer call() {
            return usable(() -> {
                Lab.requireToRemove("dvr lab down");
                final PrintWriter out = spec.commandLine().getOut();
                if (Lab.down(name, out::println) == 0) {
                    out.println("no lab to remove");
                }
                out.flush();
                return ExitStatus.FINE;
            });
        }
    }

    private static Integer usable(final Callable<Integer> work) {
        try {
            return work.call();
        } catch (final LabException e) {
            throw new UnusableInputException("dvr: " + e.getMessage(), e);
        } catch (final RuntimeException e) {
            throw e;
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
