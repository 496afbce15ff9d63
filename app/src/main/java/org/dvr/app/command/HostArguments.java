package org.dvr.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.ReplayInput;
import org.dvr.pcaps.replay.ReplayOptions;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that replay any captures through a host, instead of a scenario folder. */
final class HostArguments {
    @Option(
            names = "--topology",
            paramLabel = "F",
            arity = "1..*",
            description = "Topology documents, YAML or JSON, merged by key.")
    private List<Path> topology = new ArrayList<>();

    @Option(names = "--host", paramLabel = "H", description = "The host whose view is replayed.")
    private String host;

    @Option(
            names = "--in",
            paramLabel = "NAME=FILE",
            arity = "1..*",
            description =
                    "A capture of what arrives at attachment point NAME: underlay, the label of a physical network, or tap and"
                            + " the first 11 characters of a port's id.")
    private List<String> in = new ArrayList<>();

    @Option(
            names = "--option",
            paramLabel = "K=V",
            arity = "1..*",
            description =
                    "seed, announce, workers, inner_vlan, icmp_rate, icmp_errors, collapse, flow_cache, connections, metadata or any other"
                            + " of docs/options.md.")
    private List<String> options = new ArrayList<>();

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandSpec command;

    /** {@return true when any of them is given} */
    boolean isGiven() {
        return !topology.isEmpty() || host != null || !in.isEmpty() || !options.isEmpty();
    }

    /** Refuses the command line unless a topology and a host are given. */
    void check() {
        if (topology.isEmpty()) {
            throw wrong("--topology is missing");
        }
        if (host == null) {
            throw wrong("--host is missing");
        }
    }

    private ParameterException wrong(final String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** {@return the host's name, null where none is given} */
    String host() {
        return host;
    }

    /** {@return true when anything but the host is given} */
    boolean isMoreThanHost() {
        return !topology.isEmpty() || !in.isEmpty() || !options.isEmpty();
    }

    /** {@return the topology documents} */
    List<Path> topologyFiles() {
        return topology;
    }

    /** {@return the host's topology, loaded and compiled} */
    HostTopology loadTopology() {
        return HostTopology.load(topology, host, options().metadata());
    }

    /** {@return the captures} */
    List<ReplayInput> inputs() {
        final List<ReplayInput> inputs = new ArrayList<>();
        for (final String text : in) {
            final int at = text.indexOf('=');
            if (at < 1 || at == text.length() - 1) {
                throw wrong("--in must be NAME=FILE, not " + text);
            }
            final ReplayInput input = new ReplayInput(text.substring(0, at), Path.of(text.substring(at + 1)));
            inputs.add(input);
        }
        return inputs;
    }

    /**
     * Refuses to write over a capture that is read.
     *
     * @param folder where captures are written
     */
    void checkOut(final Path folder) {
        for (final ReplayInput input : inputs()) {
            final Path parent = input.file().toAbsolutePath().getParent();
            if (Files.isDirectory(folder) && isSame(parent, folder)) {
                throw wrong("--out " + folder + " is where " + input.file() + " lies, which would be written over");
            }
        }
    }

    private static boolean isSame(final Path a, final Path b) {
        try {
            return a != null && Files.isSameFile(a, b);
        } catch (final IOException e) {
            return false; // said when it is opened
        }
    }

    /** {@return the choices in behavior} */
    ReplayOptions options() {
        final Map<String, String> texts = new LinkedHashMap<>();
        for (final String text : options) {
            final int at = text.indexOf('=');
            if (at < 1) {
                throw wrong("--option must be K=V, not " + text);
            }
            texts.put(text.substring(0, at), text.substring(at + 1));
        }
        return ReplayOptions.of(texts, "--option");
    }
}
