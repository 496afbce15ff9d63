package org.dvr.control.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixTest {
    private static boolean contains(final String prefix, final String address) {
        return Prefix.parse(prefix).contains(IpAddress.parse(address));
    }

    @Test
    void shouldContainWhatItsLengthCovers() {
        assertTrue(contains("10.0.1.0/24", "10.0.1.255"));
        assertFalse(contains("10.0.1.0/24", "10.0.2.0"));
        assertTrue(contains("0.0.0.0/0", "255.255.255.255"));
        assertTrue(contains("10.0.1.7", "10.0.1.7"));
        assertFalse(contains("10.0.1.7/32", "10.0.1.6"));
        assertTrue(contains("128.0.0.0/1", "255.0.0.0"));
        assertTrue(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assertFalse(contains("2001:db8::/64", "2001:db8:0:1::"));
        assertTrue(contains("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff"));
        assertFalse(contains("2001:db8::/65", "2001:db8::8000:0:0:0"));
        assertTrue(contains("::/0", "ffff::"));
        assertFalse(contains("::/0", "10.0.0.1"));
        assertFalse(contains("0.0.0.0/0", "::1"));
    }

    @Test
    void shouldRefuseWhatIsNoPrefix() {
        for (final String text : List.of(
                "",
                "/",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/1x",
                "10.0.0/8",
                "::/129",
                "::/1/2",
                "a")) {
            assertNull(Prefix.parse(text), text);
        }
    }

    @Test
    void shouldSayWhatIsBehindTheLength() {
        assertTrue(Prefix.parse("10.0.1.5/24").hasHostBits());
        assertEquals("10.0.1.0/24", Prefix.parse("10.0.1.5/24").masked().toString());
        assertEquals("2001:db8::/33", Prefix.parse("2001:db8:1::5/33").masked().toString());
        assertFalse(Prefix.parse("10.0.1.5").hasHostBits());
        assertTrue(Prefix.parse("10.0.1.5").isSingle());
    }

    @Test
    void shouldOrderAddressesUnsigned() {
        assertTrue(IpAddress.parse("200.0.0.1").compareTo(IpAddress.parse("10.0.0.1")) > 0);
        assertTrue(IpAddress.parse("fe80::1").compareTo(IpAddress.parse("2001:db8::1")) > 0);
        assertTrue(IpAddress.parse("::1").compareTo(IpAddress.parse("255.0.0.1")) > 0);
        assertTrue(IpAddress.parse("febf::1").isLinkLocalV6());
        assertFalse(IpAddress.parse("fec0::1").isLinkLocalV6());
    }
}
