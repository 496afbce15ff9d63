package org.dvr.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.TracePrinter;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.replay.CloudReplay;
import org.dvr.pcaps.replay.ExplainedFrame;
import org.dvr.pcaps.replay.FrameExplainer;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.scenario.Scenario;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dvr trace}: replays what comes before a frame, then explains the frame. */
@Command(
        name = "trace",
        description = {
            "Explain a frame: facts, stages, verdict.",
            "",
            "Takes a scenario folder, or --topology, --host and --in as replay does. Everything before the frame is replayed first.",
            "With --live it explains frames of a running forwarder as they pass."
        })
public final class TraceCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", arity = "0..1", description = "A scenario folder.")
    private Path folder;

    @Mixin
    private HostArguments host;

    @Option(
            names = "--frame",
            paramLabel = "N@NAME",
            description =
                    "The frame with number N, from 1, in the capture of attachment point NAME. With several hosts NAME is"
                            + " HOST/NAME; at points that are wired to other hosts the Nth frame that arrives.")
    private String frame;

    @Option(
            names = "--hex",
            paramLabel = "BYTES@NAME",
            description =
                    "A frame as hexadecimal digits (spaces, colons, dashes and line ends do not matter) that arrives at attachment"
                            + " point NAME after all captures.")
    private String hex;

    @Option(
            names = "--live",
            paramLabel = "FILTER",
            description =
                    "Explain the next frames of a running forwarder (--run-dir, --host) that FILTER chooses: host, net, port, mac,"
                            + " src, dst, proto, in, vni, vlan, dropped, joined by and, or, not; '' chooses all.")
    private String live;

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "10",
            description = "With --live: how many frames, 1 to 1000; default: ${DEFAULT-VALUE}.")
    private int count;

    @Mixin
    private RunDirArguments runDir;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (live != null) {
            return Unusable.from(this::live);
        }
        if ((frame == null) == (hex == null)) {
            throw wrong("give one of --frame and --hex");
        }
        if (host.isGiven() == (folder != null)) {
            throw wrong(
                    folder == null
                            ? "give a scenario folder, or --topology and --host"
                            : "give a scenario folder or --topology, not both");
        }
        if (folder == null) {
            host.check();
        }
        final ExplainedFrame explained = Unusable.from(() -> explain(folder == null ? hostReplay() : folderReplay()));
        new TracePrinter(spec.commandLine().getOut()).print(explained);
        spec.commandLine().getOut().flush();
        return ExitStatus.FINE;
    }

    private int live() {
        if (frame != null || hex != null || folder != null || host.isMoreThanHost()) {
            throw wrong("--live asks a running forwarder: give it no captures, topologies or frames");
        }
        final PrintWriter out = spec.commandLine().getOut();
        try (AdminClient client = AdminClient.ask(
                runDir.find(host.host()), "trace " + count + " " + live.strip().replaceAll("\\s+", " "))) {
            for (JsonNode line = client.next(); line != null; line = client.next()) {
                if (line.has("text")) {
                    out.println(line.get("text").asText());
                    out.flush();
                }
            }
        }
        return ExitStatus.FINE;
    }

    private ParameterException wrong(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private FrameExplainer hostReplay() {
        final HostTopology topology = host.loadTopology();
        return new Replay(topology, host.options(), host.inputs(), FrameSink.NONE);
    }

    private FrameExplainer folderReplay() {
        final List<Path> found = Scenario.find(folder);
        if (found.size() > 1) {
            throw wrong(folder + " holds " + found.size() + " scenarios; give one of them");
        }
        final Scenario scenario = Scenario.read(found.getFirst());
        if (scenario.isCloud()) {
            return new CloudReplay(scenario.loadCloud(), scenario.options(), scenario.inputs(), FrameSink.NONE);
        }
        return new Replay(scenario.loadTopology(), scenario.options(), scenario.inputs(), FrameSink.NONE);
    }

    private ExplainedFrame explain(final FrameExplainer replay) {
        final String option = frame != null ? "--frame" : "--hex";
        final String text = frame != null ? frame : hex;
        final int at = text.lastIndexOf('@');
        if (at < 1 || at == text.length() - 1) {
            throw wrong(option + " must be " + (frame != null ? "N@NAME" : "BYTES@NAME") + ", not " + text);
        }
        final String name = text.substring(at + 1).trim();
        final String before = text.substring(0, at);
        return frame != null ? replay.explain(name, number(before)) : replay.explain(name, bytes(before));
    }

    private long number(final String text) {
        try {
            final long number = Long.parseLong(text.trim());
            if (number >= 1) {
                return number;
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        throw wrong("--frame must be N@NAME with N from 1, not " + frame);
    }

    private byte[] bytes(final String text) {
        final StringBuilder digits = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (Character.digit(c, 16) >= 0) {
                digits.append(c);
            } else if (!Character.isWhitespace(c) && c != ':' && c != '-') {
                throw wrong("--hex has the character " + c + ", which is no hexadecimal digit");
            }
        }
        if (digits.length() % 2 != 0) {
            throw wrong("--hex has " + digits.length() + " digits, a byte has two");
        }
        return HexFormat.of().parseHex(digits);
    }
}
