package org.dvr.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.AdminRequest;
import org.dvr.codec.print.FramePrinter;
import org.dvr.pcaps.file.PcapngWriter;
import org.dvr.pcaps.file.PcapngWriter.Direction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dvr capture}: copies of frames from a running forwarder, on the screen or in a file. */
@Command(
        name = "capture",
        description = {
            "Capture frames of a running forwarder.",
            "",
            "Frames of an attachment point in both directions, or frames that are dropped, with their reasons as comments. The"
                    + " forwarder does not wait: what cannot be copied in time is lost to the capture, and counted."
        })
public final class CaptureCommand implements Callable<Integer> {
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").withZone(ZoneOffset.systemDefault());

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "An attachment point, as dvr show ports has it.")
    private String name;

    @Option(names = AdminRequest.DROPPED, description = "Frames that are dropped, wherever they came in.")
    private boolean isDropped;

    @Option(names = "-w", paramLabel = "FILE", description = "Write a pcapng file instead of lines.")
    private Path file;

    @Option(names = "-n", paramLabel = "N", description = "End after N frames; default: go on until interrupted.")
    private long count;

    @Mixin
    private RunDirArguments runDir;

    @Option(names = "--host", paramLabel = "H", description = "The host, where several forwarders run.")
    private String host;

    @Spec
    private CommandSpec spec;

    private PcapngWriter writer;
    private final Map<String, Integer> interfaces = new HashMap<>();
    private long frames;
    private long lost;

    @Override
    public Integer call() throws Exception {
        if ((name == null) != isDropped) {
            throw new ParameterException(
                    spec.commandLine(),
                    "give " + (name == null ? "an attachment point or " : "either an attachment point or ")
                            + AdminRequest.DROPPED);
        }
        if (count < 0) {
            throw new ParameterException(spec.commandLine(), "-n must be 0 or more, not " + count);
        }
        return Unusable.from(this::capture);
    }

    private int capture() throws Exception {
        final String request = "capture " + count + " " + (isDropped ? AdminRequest.DROPPED : name);
        try (AdminClient client = AdminClient.ask(runDir.find(host), request)) {
            JsonNode line = client.next();
            if (line != null && file != null) {
                writer = PcapngWriter.create(file, "dvr capture");
            }
            // Interrupted, the file must not end in the zeros that it was mapped over.
            final Thread hook = new Thread(this::finish, "dvr-capture-end");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                for (; line != null; line = client.next()) {
                    take(line);
                }
            } finally {
                end(hook);
            }
        }
        return ExitStatus.FINE;
    }

    private void end(final Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            return; // interrupted: the hook does it
        }
        finish();
    }

    private synchronized void take(final JsonNode line) throws IOException {
        lost = line.path("lost").asLong(lost);
        if (!line.has("bytes")) {
            return;
        }
        final byte[] bytes = line.get("bytes").binaryValue();
        final String at = line.path("at").asText();
        final String kind = line.path("kind").asText();
        final String reason = line.has("reason")
                ? line.path("reason").asText() + ": " + line.path("meaning").asText()
                : null;
        final long timeNs = line.path("time_ns").asLong();
        frames++;
        if (writer != null) {
            final Integer known = interfaces.get(at);
            final int interfaceId = known == null ? writer.addInterface(at) : known;
            interfaces.put(at, interfaceId);
            writer.write(
                    interfaceId,
                    Math.max(0, timeNs),
                    kind.equals("out") ? Direction.OUTBOUND : Direction.INBOUND,
                    reason == null ? null : "dropped: " + reason,
                    new UnsafeBuffer(bytes),
                    0,
                    bytes.length,
                    Math.max(bytes.length, line.path("length").asInt()));
        } else if (file == null) {
            final PrintWriter out = spec.commandLine().getOut();
            out.println(TIME.format(Instant.ofEpochSecond(timeNs / NS_PER_SECOND, timeNs % NS_PER_SECOND)) + " " + at
                    + " " + kind + " " + FramePrinter.toString(bytes));
            if (reason != null) {
                out.println("    dropped: " + reason);
            }
            out.flush();
        }
    }

    /** Also when interrupted: closes the file, and says how much is in it. */
    private synchronized void finish() {
        if (writer != null) {
            writer.close();
            writer = null;
        }
        final PrintWriter err = spec.commandLine().getErr();
        err.println(frames
                + (frames == 1 ? " frame" : " frames")
                + (file == null ? "" : " in " + file)
                + (lost == 0 ? "" : ", " + lost + " lost to the capture"));
        err.flush();
    }
}
