package org.dvr.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.dvr.app.run.Forwarder;
import org.dvr.app.run.IoKind;
import org.dvr.app.run.RunConfig;
import org.dvr.app.run.RunOptions;
import org.dvr.app.run.Signals;
import org.dvr.control.ini.NeutronSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dvr run}: forwards on real devices until stopped. */
@Command(
        name = "run",
        description = {
            "Forward on real devices until stopped.",
            "",
            "SIGTERM or SIGINT: stop receiving, write the state file, leave nothing behind. SIGHUP, or a topology file that changes:"
                    + " take it up between two bursts; where it is invalid, the one before stays in force."
        })
public final class RunCommand implements Callable<Integer> {
    @Option(
            names = "--topology",
            paramLabel = "F",
            arity = "1..*",
            required = true,
            description = "Topology documents, YAML or JSON, merged by key.")
    private List<Path> topology = new ArrayList<>();

    @Option(
            names = "--host",
            paramLabel = "H",
            description = "The host that this machine is. Default: as the ini files say, or the name of this machine.")
    private String host;

    @Mixin
    private ConfigFiles configFiles;

    @Option(
            names = "--io",
            paramLabel = "KIND",
            description =
                    "How devices of wires are opened: afpacket (default), afxdp or pcap. Guests' devices are packet sockets in the"
                            + " first two.")
    private String io = "afpacket";

    @Option(
            names = "--option",
            paramLabel = "K=V",
            arity = "1..*",
            description =
                    "Choices in behavior, as in replay; also idle, core, state_seconds, metrics, metadata_agent and shortcuts.")
    private List<String> options = new ArrayList<>();

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "Folder of this run: pid, admin.sock, counters, state. Default: /run/dvr/HOST.")
    private Path runFolder;

    @Option(
            names = "--state",
            paramLabel = "FILE",
            description = "Where connections are written for the next start. Default: state in the folder of the run.")
    private Path state;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        final IoKind kind = kind();
        final Map<String, String> texts = texts();
        return Unusable.from(() -> run(kind, texts));
    }

    private int run(final IoKind kind, final Map<String, String> texts) throws Exception {
        final Machine machine = Machine.local();
        final NeutronSettings settings = configFiles.read();
        if (settings != null) {
            settings.options().forEach(texts::putIfAbsent);
            if (settings.l3().isPresent() && settings.l3().enableMetadataProxy().orElse(true)) {
                texts.putIfAbsent("metadata_agent", "unix:" + settings.metadataProxySocket());
            }
        }
        final String name = settings != null
                ? configFiles.host(settings, host, topology, machine)
                : host != null ? host : machine.name();
        final Path folder = runFolder == null ? Path.of("/run/dvr", name) : runFolder;
        final RunConfig config = new RunConfig(
                topology,
                settings == null ? null : settings.hostSettings(name),
                name,
                kind,
                RunOptions.of(texts, "--option"),
                folder,
                state == null ? folder.resolve("state") : state);
        final Forwarder forwarder = Forwarder.of(config, lines());
        Signals.on("TERM", forwarder::stop);
        Signals.on("INT", forwarder::stop);
        Signals.on("HUP", forwarder::reload);
        forwarder.run();
        return ExitStatus.FINE;
    }

    private Consumer<String> lines() {
        final PrintWriter err = spec.commandLine().getErr();
        return line -> {
            synchronized (err) {
                err.println(line);
                err.flush();
            }
        };
    }

    private IoKind kind() {
        try {
            return IoKind.valueOf(io.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--io must be afpacket, afxdp or pcap, not " + io);
        }
    }

    private Map<String, String> texts() {
        final Map<String, String> texts = new LinkedHashMap<>();
        for (final String text : options) {
            final int at = text.indexOf('=');
            if (at < 1) {
                throw new ParameterException(spec.commandLine(), "--option must be K=V, not " + text);
            }
            texts.put(text.substring(0, at), text.substring(at + 1));
        }
        return texts;
    }
}
