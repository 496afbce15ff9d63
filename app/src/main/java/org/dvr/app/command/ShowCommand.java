package org.dvr.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.AdminRequest;
import org.dvr.app.observe.CounterFileReader;
import org.dvr.app.observe.RunDir;
import org.dvr.app.observe.ShowPrinter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dvr show}: asks a running forwarder. */
@Command(
        name = "show",
        description = {
            "Ask a running forwarder.",
            "",
            "ports        attachment points: devices, state, frames",
            "routers      routers and their ports",
            "fdb          where MACs are: by the topology, learned",
            "neighbors    MACs of addresses: by the topology, by ARP",
            "flows        verdicts that are remembered",
            "nat          connections, translated or not",
            "floatingips  floating IPs that this host translates",
            "drops        dropped frames by reason",
            "counters     everything that is counted",
            "tunnels      other hosts, and the way to them"
        })
public final class ShowCommand implements Callable<Integer> {
    private static final long WATCH_MS = 1_000;
    private static final String CLEAR = "\033[H\033[2J";

    /** The words that can follow. */
    static final class Words extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Words() {
            super(List.of(AdminRequest.What.values()).stream()
                    .map(AdminRequest.What::word)
                    .toList());
        }
    }

    @Parameters(
            paramLabel = "WHAT",
            completionCandidates = Words.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private String what;

    @Mixin
    private RunDirArguments runDir;

    @Option(names = "--host", paramLabel = "H", description = "The host, where several forwarders run.")
    private String host;

    @Option(names = "--json", description = "Print JSON, a line for each answer.")
    private boolean isJson;

    @Option(names = "--watch", description = "Ask again each second, and show what changes per second.")
    private boolean isWatched;

    @Option(names = "--count", paramLabel = "N", description = "With --watch: end after so many answers.")
    private long count = Long.MAX_VALUE;

    @Option(
            names = "--file",
            paramLabel = "F",
            description = "With counters: read this counters file instead of asking; its forwarder may be dead.")
    private Path file;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (!new Words().contains(what)) {
            throw new ParameterException(
                    spec.commandLine(), "show takes one of " + AdminRequest.What.words() + ", not " + what);
        }
        if (file != null && !what.equals(AdminRequest.What.COUNTERS.word())) {
            throw new ParameterException(spec.commandLine(), "--file has counters, not " + what);
        }
        return Unusable.from(this::show);
    }

    private int show() throws Exception {
        final PrintWriter out = spec.commandLine().getOut();
        JsonNode before = null;
        long beforeNs = 0;
        for (long shown = 0; shown < (isWatched ? count : 1); shown++) {
            if (shown > 0) {
                Thread.sleep(WATCH_MS);
            }
            final JsonNode answer = ask();
            final long nowNs = System.nanoTime();
            if (isJson) {
                out.println(new ObjectMapper().writeValueAsString(answer));
            } else {
                if (isWatched) {
                    out.print(CLEAR);
                }
                new ShowPrinter(out).print(answer, before, nowNs - beforeNs);
            }
            out.flush();
            before = answer;
            beforeNs = nowNs;
        }
        return ExitStatus.FINE;
    }

    private JsonNode ask() {
        if (file == null) {
            final RunDir dir = runDir.find(host);
            return AdminClient.askOnce(dir, "show " + what);
        }
        final CounterFileReader counters = CounterFileReader.read(file);
        final PrintWriter err = spec.commandLine().getErr();
        err.println(file + ": " + counters.age(System.currentTimeMillis()));
        err.flush();
        return counters.json();
    }
}
