package org.dvr.codec.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
    private static final long SEED = 20_260_101;
    private static final int ROUNDS = 2_000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fa:16:3e:00:00",
                "fa:16:3e:00:00:0",
                "fa:16:3e:00:00:001",
                "fa-16-3e-00-00-01",
                " fa:16:3e:00:00:1",
                "fa:16:3e:00:00:0g",
                "fa:16:3e:00:00:0\u0661",
                "fa:16:3e:00:00:-1",
                "fa:16:3e:00:00.01"
            })
    void shouldRejectWhatIsNoMacAddress(final String text) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
        assertTrue(e.getMessage().contains("text=" + text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10",
                "10.0.0",
                "10.0.0.0.1",
                "10.0.0.256",
                "10.0.0.1000",
                "10.0.0.01",
                "010.0.0.1",
                "10.0.0.",
                ".10.0.0",
                "10..0.1",
                " 10.0.0.1",
                "10.0.0.1 ",
                "10.0.0.+1",
                "10.0.0.-1",
                "10.0.0.0x1",
                "10.0.0.a",
                "10.0.0.\u0661",
                "99999999999.0.0.1"
            })
    void shouldRejectWhatIsNoIpv4Address(final String text) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Ipv4Address.parse(text));
        assertTrue(e.getMessage().contains("text=" + text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "/24",
                "10.0.0.0/33",
                "10.0.0.0/024",
                "10.0.0.0/-1",
                "10.0.0.0/8/8",
                "10.0.0.0 /8",
                "10.0.0/24",
                "10.0.0.1/24",
                "0.0.0.1/0",
                "10.0.0.1/31",
                "10.0.0.0/255.255.255.0"
            })
    void shouldRejectWhatIsNoIpv4Prefix(final String text) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Ipv4Prefix.parse(text));
        assertTrue(e.getMessage().contains("text=" + text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "::1::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1:2:3:4::5:6:7:8",
                "12345::",
                "g::",
                "::1 ",
                " ::1",
                "fe80::1%eth0",
                "1:2:3:4:5:6:7:",
                ":1:2:3:4:5:6:7:8",
                "1:::2",
                "::1.2.3",
                "::1.2.3.4.5",
                "::01.2.3.4",
                "1.2.3.4::",
                "1.2.3.4",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3.4:5",
                "::1.",
                "::.",
                "[::1]"
            })
    void shouldRejectWhatIsNoIpv6Address(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Ipv6Address.high(text));
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Ipv6Address.low(text));
        assertTrue(e.getMessage().contains("text=" + text));
    }

    @ParameterizedTest
    @CsvSource({
        "::, 0, 0, ::",
        "::1, 0, 1, ::1",
        "1::, 1000000000000, 0, 1::",
        "2001:DB8::1, 20010db800000000, 1, 2001:db8::1",
        "2001:db8:0:0:1:0:0:1, 20010db800000000, 1000000000001, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 20010db800000001, 1000100010001, 2001:db8:0:1:1:1:1:1",
        "0:0:1:0:0:0:1:0, 10000, 10000, 0:0:1::1:0",
        "1:2:3:4:5:6:7::, 1000200030004, 5000600070000, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 200030004, 5000600070008, 0:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4, 1000200030004, 5000601020304, 1:2:3:4:5:6:102:304",
        "::ffff:192.0.2.1, 0, ffffc0000201, ::ffff:192.0.2.1",
        "::FFFF:c000:0201, 0, ffffc0000201, ::ffff:192.0.2.1",
        "64:ff9b::192.0.2.33, 64ff9b00000000, c0000221, 64:ff9b::c000:221",
        "ff02::1:ff00:1, ff02000000000000, 1ff000001, ff02::1:ff00:1",
        "0001:0020:0300:4000:0:0:0:0, 1002003004000, 0, 1:20:300:4000::"
    })
    void shouldReadAndPrintEveryFormOfIpv6Address(
            final String text, final String high, final String low, final String canonical) {
        assertEquals(high, Long.toHexString(Ipv6Address.high(text)));
        assertEquals(low, Long.toHexString(Ipv6Address.low(text)));
        assertEquals(canonical, Ipv6Address.toString(Ipv6Address.high(text), Ipv6Address.low(text)));
    }

    @Test
    void shouldReadBackWhatItPrints() {
        final Random random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            final String note = "seed=" + SEED + " round=" + i;
            final long mac = random.nextLong() & MacAddress.BROADCAST;
            assertEquals(mac, MacAddress.parse(MacAddress.toString(mac)), note);
            assertEquals(mac, MacAddress.parse(MacAddress.toString(mac).toUpperCase(Locale.ROOT)), note);
            final int address = random.nextInt();
            assertEquals(address, Ipv4Address.parse(Ipv4Address.toString(address)), note);
            final long prefix = Ipv4Prefix.of(address, random.nextInt(33));
            assertEquals(prefix, Ipv4Prefix.parse(Ipv4Prefix.toString(prefix)), note);
            // Half of the groups zero, so that runs of zeros of every length and place occur.
            final long high = sparse(random);
            final long low = sparse(random);
            assertEquals(high, Ipv6Address.high(Ipv6Address.toString(high, low)), note);
            assertEquals(low, Ipv6Address.low(Ipv6Address.toString(high, low)), note);
        }
    }

    @Test
    void shouldAgreeWithTheJdkOnIpv6Text() throws UnknownHostException {
        final Random random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            final long high = sparse(random) | 1L << 61;
            final long low = sparse(random);
            final ByteBuffer bytes = ByteBuffer.wrap(
                    InetAddress.getByName(Ipv6Address.toString(high, low)).getAddress());
            assertEquals(high, bytes.getLong(), "seed=" + SEED + " round=" + i);
            assertEquals(low, bytes.getLong(), "seed=" + SEED + " round=" + i);
        }
    }

    @Test
    void shouldKnowKindsOfMacAddress() {
        assertTrue(MacAddress.isMulticast(MacAddress.BROADCAST) && MacAddress.isBroadcast(MacAddress.BROADCAST));
        assertTrue(MacAddress.isMulticast(MacAddress.parse("01:00:5e:00:00:12")));
        assertFalse(MacAddress.isMulticast(MacAddress.parse("fa:16:3e:01:01:01")));
        assertFalse(MacAddress.isBroadcast(MacAddress.parse("01:00:5e:00:00:12")));
        assertTrue(MacAddress.isZero(0));
        assertFalse(MacAddress.isZero(1));
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, true, true, false", "0.255.255.255, true, true, false", "1.0.0.0, false, false, false",
        "126.255.255.255, false, false, false", "127.0.0.0, true, true, false", "127.255.255.255, true, true, false",
        "128.0.0.0, false, false, false", "169.254.0.1, false, false, false", "223.255.255.255, false, false, false",
        "224.0.0.0, true, false, true", "239.255.255.255, true, false, true", "240.0.0.0, true, true, false",
        "255.255.255.255, true, true, false"
    })
    void shouldKnowMartians(
            final String text, final boolean source, final boolean destination, final boolean multicast) {
        final int address = Ipv4Address.parse(text);
        assertEquals(source, Ipv4Address.isMartianSource(address));
        assertEquals(destination, Ipv4Address.isMartianDestination(address));
        assertEquals(multicast, Ipv4Address.isMulticast(address));
    }

    @Test
    void shouldKnowKindsOfIpAddress() {
        assertTrue(Ipv4Address.isLinkLocal(Ipv4Address.parse("169.254.31.29")));
        assertFalse(Ipv4Address.isLinkLocal(Ipv4Address.parse("169.253.0.1")));
        assertTrue(Ipv4Address.isLimitedBroadcast(Ipv4Address.parse("255.255.255.255")));
        assertFalse(Ipv4Address.isLimitedBroadcast(Ipv4Address.parse("255.255.255.254")));
        assertTrue(Ipv4Address.isLoopback(Ipv4Address.parse("127.0.0.1")));
        assertTrue(Ipv4Address.isThisNetwork(Ipv4Address.ANY));
        assertTrue(Ipv6Address.isMulticast(Ipv6Address.high("ff02::1")));
        assertFalse(Ipv6Address.isMulticast(Ipv6Address.high("fe80::1")));
        assertTrue(Ipv6Address.isLinkLocal(Ipv6Address.high("febf::1")));
        assertFalse(Ipv6Address.isLinkLocal(Ipv6Address.high("fec0::1")));
    }

    @Test
    void shouldPackPrefixes() {
        final long prefix = Ipv4Prefix.parse("10.0.1.0/24");
        assertEquals((0x0a000100L << 8) | 24, prefix);
        assertEquals(0x0a000100, Ipv4Prefix.address(prefix));
        assertEquals(24, Ipv4Prefix.length(prefix));
        assertEquals(0x0a0001ff, Ipv4Prefix.broadcast(prefix));
        assertTrue(Ipv4Prefix.contains(prefix, 0x0a0001ff));
        assertFalse(Ipv4Prefix.contains(prefix, 0x0a000200));
        assertTrue(Ipv4Prefix.contains(Ipv4Prefix.ANY, 0xffffffff));
        assertEquals(0, Ipv4Prefix.mask(0));
        assertEquals(0x80000000, Ipv4Prefix.mask(1));
        assertEquals(0xffffffff, Ipv4Prefix.mask(32));
        assertEquals(0xff000000, Ipv4Prefix.address(Ipv4Prefix.parse("255.0.0.0/8")));
        assertEquals(Ipv4Prefix.parse("10.0.0.0/8"), Ipv4Prefix.of(0x0a010203, 8));
    }

    private static long sparse(final Random random) {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = (value << 16) | (random.nextBoolean() ? 0 : random.nextInt(0x1_0000) >>> random.nextInt(16));
        }
        return value;
    }
}
