package org.dvr.codec.transport;

import static org.dvr.codec.testing.WireChecks.assertFault;
import static org.dvr.codec.testing.WireChecks.assertLeavesNeighborsAlone;
import static org.dvr.codec.testing.WireChecks.assertRejectsEveryTruncation;
import static org.dvr.codec.testing.WireChecks.behindMargin;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.dvr.codec.testing.WireChecks.margin;
import static org.dvr.codec.testing.WireChecks.written;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.junit.jupiter.api.Test;

class NeighborDiscoveryTest {
    private static final byte[] BYTES = bytes(
            "88", // type: neighbor advertisement
            "00", // code
            "0000", // checksum
            "a0000000", // router, override
            "fe80000000000001", // target
            "8000000000000002", // target
            "0e01000000000000", // option: nonce
            "0201fa163e000001"); // option: target link-layer address

    @Test
    void shouldReadEveryField() {
        final NeighborDiscovery header = new NeighborDiscovery().wrap(behindMargin(BYTES), margin());
        assertEquals(true, header.isAdvertisement());
        assertEquals(false, header.isSolicitation());
        assertEquals(true, header.router());
        assertEquals(false, header.solicited());
        assertEquals(true, header.override());
        assertEquals(0xfe80000000000001L, header.targetHigh());
        assertEquals(0x8000000000000002L, header.targetLow());
        assertEquals(0xfa163e000001L, header.findLinkLayerAddress(NeighborDiscovery.TARGET_LINK_LAYER_ADDRESS, 40));
        assertEquals(
                NeighborDiscovery.MISSING,
                header.findLinkLayerAddress(NeighborDiscovery.SOURCE_LINK_LAYER_ADDRESS, 40));
        assertEquals(
                NeighborDiscovery.MISSING,
                header.findLinkLayerAddress(NeighborDiscovery.TARGET_LINK_LAYER_ADDRESS, 39));
        assertEquals(
                "neighbor advertisement, tgt is fe80::1:8000:0:0:2, Flags [RO]",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals(
                "8700000060000000fe8000000000000100000000000000020101fa163e000001",
                written(32, NeighborDiscoveryTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(Arrays.copyOf(BYTES, 24), NeighborDiscovery::check, DecodeFault.ICMP_TRUNCATED);
        // Cut behind an option, a message is sound again.
        for (int length = 25; length < BYTES.length; length++) {
            final DecodeFault expected = length == 32 ? DecodeFault.NONE : DecodeFault.NEIGHBOR_DISCOVERY_OPTION;
            final byte[] cut = Arrays.copyOf(BYTES, length);
            assertEquals(expected, NeighborDiscovery.check(behindMargin(cut), margin(), length), "length=" + length);
        }
    }

    @Test
    void shouldReportEachFault() {
        assertFault(
                DecodeFault.ICMP_TRUNCATED,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db80000000000000000000000");
        assertFault(
                DecodeFault.NONE,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db8000000000000000000000001");
        assertFault(
                DecodeFault.NEIGHBOR_DISCOVERY_OPTION,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db8000000000000000000000001",
                "0100000000000000");
        assertFault(
                DecodeFault.NEIGHBOR_DISCOVERY_OPTION,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db8000000000000000000000001",
                "0102000000000000");
        assertFault(
                DecodeFault.NEIGHBOR_DISCOVERY_OPTION,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db8000000000000000000000001",
                "01010000000000");
        assertFault(
                DecodeFault.NONE,
                NeighborDiscovery::check,
                "87",
                "00",
                "0000",
                "00000000",
                "20010db8000000000000000000000001",
                "0101000000000000");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(32, NeighborDiscoveryTest::write);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new Icmpv6Header()
                .wrap(buffer, offset)
                .type(Icmpv6Header.NEIGHBOR_SOLICITATION)
                .code(0)
                .checksum(0);
        new NeighborDiscovery()
                .wrap(buffer, offset)
                .clearFlags()
                .solicited(true)
                .router(true)
                .router(false)
                .override(true)
                .targetHigh(0xfe80000000000001L)
                .targetLow(2)
                .writeLinkLayerAddress(NeighborDiscovery.SOURCE_LINK_LAYER_ADDRESS, 0xfa163e000001L);
    }
}
