package org.dvr.codec.fuzz;

import static org.dvr.codec.fuzz.AnyBytes.exact;
import static org.dvr.codec.fuzz.AnyBytes.isSound;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;

class TransportDecoderFuzzTest {
    @FuzzTest
    void shouldJudgeAnyTcpSegment(final byte[] data) {
        if (isSound(data, TcpHeader::check)) {
            final TcpHeader tcp = new TcpHeader().wrap(exact(data), 0);
            assertTrue(tcp.headerLength() >= TcpHeader.MIN_LENGTH && tcp.headerLength() <= data.length);
            assertFalse(tcp.appendTo(new StringBuilder()).isEmpty());
        }
    }

    @FuzzTest
    void shouldJudgeAnyUdpDatagram(final byte[] data) {
        if (isSound(data, UdpHeader::check)) {
            final byte[] copy = data.clone();
            final UdpHeader udp = new UdpHeader().wrap(exact(copy), 0);
            assertTrue(udp.length() >= UdpHeader.LENGTH && udp.length() <= data.length);
            isSound(data, (buffer, offset, length) -> UdpHeader.checkChecksum(buffer, offset, 17));
            assertTrue(udp.updateChecksum(17).checksum() != 0);
            assertEquals(DecodeFault.NONE, UdpHeader.checkChecksum(exact(copy), 0, 17));
        }
    }

    @FuzzTest
    void shouldJudgeAnyIcmpMessage(final byte[] data) {
        isSound(data, IcmpHeader::check);
        if (data.length >= IcmpHeader.LENGTH) {
            final byte[] copy = data.clone();
            assertFalse(new IcmpHeader()
                    .wrap(exact(copy), 0)
                    .updateChecksum(copy.length)
                    .appendTo(new StringBuilder())
                    .isEmpty());
            assertEquals(DecodeFault.NONE, IcmpHeader.check(exact(copy), 0, copy.length));
        }
    }

    @FuzzTest
    void shouldJudgeAnyIcmpv6Message(final byte[] data) {
        if (isSound(data, Icmpv6Header::check)) {
            assertFalse(new Icmpv6Header()
                    .wrap(exact(data), 0)
                    .appendTo(new StringBuilder())
                    .isEmpty());
            isSound(data, (buffer, offset, length) -> Icmpv6Header.checkChecksum(buffer, offset, length, 1, 2, 3, 4));
        }
        final NeighborDiscovery message = new NeighborDiscovery().wrap(exact(data), 0);
        if (isSound(data, NeighborDiscovery::check)) {
            final long mac = message.findLinkLayerAddress(NeighborDiscovery.SOURCE_LINK_LAYER_ADDRESS, data.length);
            assertTrue(mac == NeighborDiscovery.MISSING || mac >>> 48 == 0);
            assertFalse(message.appendTo(new StringBuilder()).isEmpty());
        }
    }
}
