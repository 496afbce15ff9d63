package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.pcaps.port.FrameBlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class WireTest {
    private static final String A = "02:00:00:00:00:0a";
    private static final String B = "02:00:00:00:00:0b";
    private static final String C = "02:00:00:00:00:0c";
    private static final String EVERYBODY = "ff:ff:ff:ff:ff:ff";
    private static final long SECOND = 1_000_000_000L;

    private final InFlight inFlight = new InFlight();
    private final List<String> tapped = new ArrayList<>();
    private Wire wire;

    @BeforeEach
    void plug() {
        wire = new Wire(
                7,
                "wire-provider",
                (port, name, buffer, offset, length, nowNs) -> tapped.add(port + " " + name + " " + nowNs),
                inFlight);
        for (final int port : new int[] {3, 1, 2}) {
            wire.plug(port);
        }
    }

    @AfterEach
    void close() {
        inFlight.close();
    }

    /** The ports at which a frame arrives, in order. */
    private List<Integer> send(final int from, final byte[] frame, final long nowNs) {
        wire.send(from, new UnsafeBuffer(frame), 0, frame.length, nowNs);
        final List<Integer> ports = new ArrayList<>();
        for (final FrameBlock block : inFlight.nextRound()) {
            for (int at = 0; at < block.end(); at = block.next(at)) {
                assertEquals(frame.length, block.length(at));
                ports.add(block.port(at));
            }
        }
        return ports;
    }

    private static byte[] frame(final String source, final String destination) {
        return TestFrames.ethernet(source, destination)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(8)
                .build();
    }

    private static byte[] tagged(final int vlan, final String source, final String destination) {
        return TestFrames.ethernet(source, destination)
                .vlan(vlan)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(8)
                .build();
    }

    @Test
    void shouldSendToAllOthersInOrderWhatIsForEverybodyOrForSomebodyUnknown() {
        assertEquals(List.of(1, 3), send(2, frame(A, EVERYBODY), 0));
        assertEquals(List.of(1, 3), send(2, frame(A, B), 0));
        assertEquals(List.of(1, 2, 3), send(Wire.OUTSIDE, frame(C, B), 0));
    }

    @Test
    void shouldSendToWhereAMacWasSeen() {
        send(2, frame(A, EVERYBODY), 0);
        assertEquals(List.of(2), send(1, frame(B, A), 0));
        assertEquals(List.of(1), send(2, frame(A, B), 0));
        send(3, frame(A, EVERYBODY), 0); // it moves
        assertEquals(List.of(3), send(1, frame(B, A), 0));
    }

    @Test
    void shouldNeverSendBack() {
        send(2, frame(A, EVERYBODY), 0);
        assertEquals(List.of(), send(2, frame(B, A), 0));
    }

    @Test
    void shouldLetTheOutsideHaveWhatIsForIt() {
        send(Wire.OUTSIDE, frame(C, EVERYBODY), 0);
        assertEquals(List.of(), send(1, frame(B, C), 0));
        assertEquals(2, tapped.size());
    }

    @Test
    void shouldForgetAfter300Seconds() {
        send(2, frame(A, EVERYBODY), 0);
        assertEquals(List.of(2), send(1, frame(B, A), 300 * SECOND));
        assertEquals(List.of(2, 3), send(1, frame(B, A), 300 * SECOND + 1));
    }

    @Test
    void shouldNotForgetADeviceThatIsUp() {
        wire.know(0x02_00_00_00_00_0aL, 2);
        assertEquals(List.of(2), send(1, frame(B, A), 4_000 * SECOND));
        send(2, frame(A, EVERYBODY), 4_001 * SECOND);
        assertEquals(List.of(2), send(1, frame(B, A), 9_000 * SECOND));
    }

    @Test
    void shouldTellVlansApart() {
        send(2, tagged(101, A, EVERYBODY), 0);
        assertEquals(List.of(2), send(1, tagged(101, B, A), 0));
        assertEquals(List.of(2, 3), send(1, tagged(102, B, A), 0));
        assertEquals(List.of(2, 3), send(1, frame(B, A), 0));
    }

    @Test
    void shouldForgetWhoWasBehindAPortThatIsUnplugged() {
        send(2, frame(A, EVERYBODY), 0);
        wire.unplug(2);
        assertEquals(List.of(3), send(1, frame(B, A), 0));
        wire.plug(2);
        wire.plug(2);
        assertEquals(List.of(2, 3), send(1, frame(B, A), 0));
    }

    @Test
    void shouldTapEachFrameOnceWithItsTime() {
        send(1, frame(A, EVERYBODY), 5);
        send(1, new byte[5], 6);
        assertEquals(List.of("7 wire-provider 5", "7 wire-provider 6"), tapped);
        assertEquals(2, wire.frames());
        assertEquals(frame(A, EVERYBODY).length + 5, wire.bytes());
    }
}
