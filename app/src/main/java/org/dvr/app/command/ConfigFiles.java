package org.dvr.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dvr.control.Topologies;
import org.dvr.control.ini.NeutronSettings;
import org.dvr.control.model.Findings;
import org.dvr.control.source.TopologyLoader;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The option that names Neutron's own ini files. */
final class ConfigFiles {
    @Option(
            names = "--config-file",
            paramLabel = "INI",
            arity = "1..*",
            description =
                    "Neutron's own files, as they are on the host: neutron.conf, l3_agent.ini, openvswitch_agent.ini, ml2_conf.ini."
                            + " Of a key that is in several of them the last counts. They say what the topology leaves out about"
                            + " the host.")
    private List<Path> files = new ArrayList<>();

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandSpec command;

    /**
     * Reads the files; warnings go to stderr.
     *
     * @return what they say, null where none is given
     * @throws UnusableInputException that names everything that cannot be used
     */
    NeutronSettings read() {
        if (files.isEmpty()) {
            return null;
        }
        final Findings findings = new Findings();
        final NeutronSettings settings = NeutronSettings.read(files, findings);
        warn(findings.warnings());
        if (findings.hasErrors()) {
            throw new UnusableInputException(String.join(System.lineSeparator(), findings.errors()));
        }
        return settings;
    }

    /**
     * Which host the files are about: the one that the command line names, else theirs, else this machine where the topology has it.
     *
     * @param settings what the files say
     * @param given    by the command line, may be null
     * @param topology the topology's documents, looked at only where nobody names the host
     * @param machine  this one
     * @return name of the host
     * @throws UnusableInputException when nobody says which
     */
    String host(final NeutronSettings settings, final String given, final List<Path> topology, final Machine machine) {
        if (given != null) {
            if (settings.host().isSaid() && !given.equals(settings.host().value())) {
                warn(List.of("--host " + given + " counts, though "
                        + settings.host().place() + " says " + settings.host().value() + "; make them agree"));
            }
            return given;
        }
        if (settings.host().isSaid()) {
            return settings.host().value();
        }
        final TopologyLoader.Result loaded = Topologies.load(topology);
        for (final String host : Topologies.hostNames(loaded.topology())) {
            if (machine.isCalled(host)) {
                return host;
            }
        }
        throw new UnusableInputException("--config-file: which host is it about? Give --host, or host in [DEFAULT] of "
                + files.getFirst() + "; this machine, " + machine.name() + ", is no host of the topology");
    }

    private void warn(final List<String> warnings) {
        final PrintWriter err = command.commandLine().getErr();
        warnings.forEach(warning -> err.println("warning: " + warning));
        err.flush();
    }
}
