package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.CaptureReader;
import org.junit.jupiter.api.Test;

class CapturedFrameTest {
    private static final Path SCENARIOS = Path.of("..", "pcaps", "scenarios", "cloud");

    @Test
    void shouldLookIntoVxlanTunnels() {
        final List<CapturedFrame> frames = frames("routed-across-hosts/out/wire-underlay.pcap", true);

        final CapturedFrame routed = frames.stream()
                .filter(frame -> frame.isBetween("10.0.1.11", "10.0.2.12"))
                .findFirst()
                .orElseThrow();
        assertEquals(102, routed.tunnel().segment());
        assertEquals("172.16.0.1", routed.tunnel().source());
        assertEquals("172.16.0.2", routed.tunnel().destination());
        assertTrue(routed.tunnel().dontFragment());
        assertEquals("fa:16:3f:00:00:01", routed.sourceMac());
        assertEquals("fa:16:3e:0b:00:12", routed.destinationMac());
        assertTrue(routed.ip().hasValidChecksums());
    }

    @Test
    void shouldLookIntoGreTunnels() {
        final List<CapturedFrame> frames = frames("routed-across-hosts-over-gre/out/wire-underlay.pcap", true);

        assertTrue(frames.stream()
                .anyMatch(frame -> frame.isBetween("10.0.1.11", "10.0.2.12")
                        && frame.tunnel().segment() == 102));
    }

    @Test
    void shouldLeaveTunnelsClosedElsewhere() {
        for (final CapturedFrame frame : frames("routed-across-hosts/out/wire-underlay.pcap", false)) {
            assertNull(frame.tunnel());
        }
    }

    @Test
    void shouldReadArp() {
        final List<CapturedFrame> frames = frames("hosts-ask-each-other-by-arp/out/wire-underlay.pcap", false);

        final CapturedFrame request = frames.stream()
                .filter(frame -> frame.arp() != null && frame.arp().operation() == 1)
                .findFirst()
                .orElseThrow();
        assertEquals("ff:ff:ff:ff:ff:ff", request.destinationMac());
        assertEquals(request.sourceMac(), request.arp().senderMac());
        assertNull(request.ip());
    }

    @Test
    void shouldNoticeAWrongChecksum() {
        final byte[] bytes = bytes("routed-across-hosts/out/wire-underlay.pcap").getFirst();
        final byte[] damaged = bytes.clone();
        damaged[damaged.length - 1] ^= 1;

        assertTrue(new CapturedFrame(0, bytes, true).ip().hasValidChecksums());
        assertFalse(new CapturedFrame(0, damaged, true).ip().hasValidChecksums());
    }

    @Test
    void shouldTakeFramesThatWereCutAnywhere() {
        final byte[] bytes = bytes("routed-across-hosts/out/wire-underlay.pcap").getFirst();

        for (int length = 0; length <= bytes.length; length++) {
            assertNotNull(new CapturedFrame(0, Arrays.copyOf(bytes, length), true).toString());
        }
    }

    private static List<CapturedFrame> frames(final String file, final boolean isTunnel) {
        return bytes(file).stream()
                .map(each -> new CapturedFrame(0, each, isTunnel))
                .toList();
    }

    private static List<byte[]> bytes(final String file) {
        final List<byte[]> frames = new ArrayList<>();
        final byte[] room = new byte[CaptureReader.MAX_CAPTURED_LENGTH];
        try (CaptureReader reader = CaptureReader.open(SCENARIOS.resolve(file))) {
            while (reader.next()) {
                frames.add(Arrays.copyOf(room, reader.copyTo(new UnsafeBuffer(room), 0)));
            }
        }
        return frames;
    }
}
