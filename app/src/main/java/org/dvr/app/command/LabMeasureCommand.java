package org.dvr.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.dvr.app.lab.LabException;
import org.dvr.app.lab.Measurement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dvr lab measure}: figures against the kernel's own parts. */
@Command(
        name = "measure",
        description = {
            "Build two labs, one of dvr run and one of the kernel's own parts, and measure them in turns.",
            "",
            "Packets per second are those of one core, which has all of the host under test; senders have another. Takes two cores that have"
                    + " nothing else to do, and a few minutes."
        })
final class LabMeasureCommand implements Callable<Integer> {
    private static final int MOST = 60;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--io",
            paramLabel = "KIND",
            defaultValue = "afpacket",
            description = "Ports of dvr run: afpacket or afxdp. Default: ${DEFAULT-VALUE}.")
    private String io;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "1",
            description = "Length of a run of packets; transfers take three times as long. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs of packets, of each lab. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Only figures whose line contains it, as TCP or ping.")
    private String only;

    @Option(
            names = "--prefer",
            description = "For a machine that has other things to do: the host under test goes before them (nice -20).")
    private boolean isPreferred;

    @Option(names = "--option", paramLabel = "K=V", description = "An option of dvr run; may be repeated.")
    private List<String> options = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write every run.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        if (!Set.of("afpacket", "afxdp").contains(io)) {
            throw new UnusableInputException("dvr: --io is afpacket or afxdp here, not " + io);
        }
        if (seconds < 1 || seconds > MOST || rounds < 1 || rounds > MOST) {
            throw new UnusableInputException("dvr: --seconds and --rounds are whole numbers from 1 to " + MOST);
        }
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter err = spec.commandLine().getErr();
        try {
            Measurement.require();
            final ObjectNode result = Measurement.run(
                    new Measurement.Choice(io, options, seconds, rounds, only, isPreferred),
                    line -> {
                        out.println(line);
                        out.flush();
                    },
                    err::println);
            if (json != null) {
                Files.writeString(
                        json,
                        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(result) + "\n");
            }
            return ExitStatus.FINE;
        } catch (final LabException e) {
            throw new UnusableInputException("dvr: " + e.getMessage(), e);
        }
    }
}
