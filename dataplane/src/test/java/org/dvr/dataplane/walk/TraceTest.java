package org.dvr.dataplane.walk;

import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB2;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.testing.Host;
import org.junit.jupiter.api.Test;

/** What {@code dvr trace} tells: every sentence can be said, is said somewhere, and says what happened. */
class TraceTest {
    private static List<String> sources() {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            final List<String> sources = new ArrayList<>();
            for (final Path file :
                    files.filter(one -> one.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(file));
            }
            return sources;
        } catch (final IOException e) {
            throw new AssertionError("cannot read the sources of this module", e);
        }
    }

    private static boolean isUsed(final List<String> sources, final String name) {
        return sources.stream().anyMatch(source -> Pattern.compile(Pattern.quote(name) + "\\b")
                .matcher(source)
                .find());
    }

    @Test
    void shouldResolveEveryPlaceholder() {
        final FramePool pool = new FramePool(1, 64);
        final FrameTrace trace = new FrameTrace(pool.take());
        for (final Because because : Because.values()) {
            trace.note(because, "FIRST", "SECOND");
            final FrameTrace.Step step = trace.steps().getLast();
            assertEquals(because.stage(), step.stage());
            assertFalse(step.sentence().contains("{"), step.sentence());
            assertFalse(step.sentence().contains("}"), step.sentence());
            assertEquals(because.template().contains("{0}"), step.sentence().contains("FIRST"));
            assertEquals(because.template().contains("{1}"), step.sentence().contains("SECOND"));
        }
    }

    @Test
    void shouldSayEverySentenceSomewhereAndWithEveryEntryItNames() {
        final List<String> sources = sources();
        final List<String> wrong = new ArrayList<>();
        for (final Because because : Because.values()) {
            if (!isUsed(sources, "Because." + because.name())) {
                wrong.add(because + " is never said");
            }
            final int entries =
                    because.template().contains("{1}") ? 2 : because.template().contains("{0}") ? 1 : 0;
            final Pattern bare = Pattern.compile("because\\(Because\\." + because.name() + "\\)");
            for (final String source : sources) {
                final Matcher matcher = bare.matcher(source);
                if (entries > 0 && matcher.find()) {
                    wrong.add(because + " is said without what it names");
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void shouldGiveEveryReasonSomewhere() {
        final List<String> sources = sources().stream()
                .filter(source -> !source.contains("public enum DropReason"))
                .toList();
        final List<String> codec = Arrays.stream(org.dvr.codec.DecodeFault.values())
                .map(Enum::name)
                .toList();
        final List<String> never = Arrays.stream(DropReason.values())
                .filter(reason -> !codec.contains(reason.name()))
                .filter(reason -> sources.stream().noneMatch(source -> source.replaceAll("(?m)^ *\\*.*$", "")
                        .contains("DropReason." + reason.name())))
                .map(DropReason::name)
                .toList();
        assertEquals(List.of(), never);
    }

    private static List<String> told(final FrameTrace trace) {
        return trace.steps().stream().map(FrameTrace.Step::sentence).toList();
    }

    private static void assertTold(final FrameTrace trace, final String... fragments) {
        final List<String> told = told(trace);
        int at = 0;
        for (final String fragment : fragments) {
            while (at < told.size() && !told.get(at).contains(fragment)) {
                at++;
            }
            assertTrue(at < told.size(), () -> "not told in order: " + fragment + " in " + told);
        }
        assertTrue(told.stream().noneMatch(sentence -> sentence.contains("null")), told::toString);
    }

    @Test
    void shouldTellTheWayToAnotherHost() {
        final FrameTrace trace = new Host(compute1()).explain(TAP_A1, udp(MA1, GA, A1, B2));
        assertTold(
                trace,
                "frame on tapa1, untagged",
                "tapa1 is in network A",
                GA + " is the gateway MAC",
                "router R: 10.0.2.12 is in connected subnet 10.0.2.0/24",
                "10.0.2.12 is at " + MB2,
                MB2 + " is behind ",
                "becomes our DVR MAC " + D1);
    }

    @Test
    void shouldTellOfFloatingIps() {
        assertTold(
                new Host(compute1()).explain(TAP_A1, udp(MA1, GA, A1, FIP_B1)),
                "table 16",
                "new connection, 1 flows tracked",
                "source becomes 203.0.113.51:4000",
                "turned around inside",
                "203.0.113.61 is the floating IP of tapb1",
                "destination becomes 10.0.2.11:5000",
                "10.0.2.11 is in connected subnet",
                "is the port tapb1");
        assertTold(new Host(compute1()).explain(TAP_A3, udp(MA3, GA, A3, X)), "SNAT redirect to csnat port 10.0.1.2");
    }

    @Test
    void shouldTellOfDropsAndAnswers() {
        final FrameTrace arp = new Host(compute1()).explain(TAP_A1, arpRequest(MA1, A1, QR_A));
        assertTold(arp, "10.0.1.1 is an address of router R: answered here with gateway MAC " + GA);
        assertEquals(1, arp.answers().size());
        assertTold(arp.answers().get(0), "10.0.1.1");

        final FrameTrace spent = new Host(compute1())
                .explain(TAP_A1, udpFrom(MA1, GA, A1, X).ttl(1).build());
        assertTold(spent, "TTL 1 ends at router R", "dropped: ttl-exceeded");
        assertEquals(1, spent.answers().size());

        assertTold(
                new Host(compute1()).explain(UNDERLAY, vxlanFrom2(999, udp(MA2, MA1, A2, A1))),
                "tunnel frame from 192.0.2.2, id 999",
                "id 999 is no network",
                "dropped: vni-unknown");
    }

    @Test
    void shouldTellWhomTheRateLimitSilences() {
        final Host host = new Host(compute1());
        final byte[] spent = udpFrom(MA1, GA, A1, X).ttl(1).build();
        final byte[][] burst = new byte[50][];
        Arrays.fill(burst, spent);
        host.send(TAP_A1, burst);
        assertTold(host.explain(TAP_A1, spent), "10.0.1.11 has caused as many as its rate allows");
    }
}
