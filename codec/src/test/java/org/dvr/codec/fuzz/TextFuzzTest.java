package org.dvr.codec.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.function.Function;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv4Prefix;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.print.FramePrinter;

class TextFuzzTest {
    @FuzzTest
    void shouldPrintAnyFrame(final byte[] data) {
        final String line = FramePrinter.toString(data);
        assertFalse(line.isEmpty() || line.indexOf('\n') >= 0);
    }

    @FuzzTest
    void shouldReadAnyTextAsAddressOrRefuseIt(final byte[] data) {
        final String text = new String(data, ISO_8859_1);
        assertReadsBack(text, it -> MacAddress.toString(MacAddress.parse(it)));
        assertReadsBack(text, it -> Ipv4Address.toString(Ipv4Address.parse(it)));
        assertReadsBack(text, it -> Ipv4Prefix.toString(Ipv4Prefix.parse(it)));
        assertReadsBack(text, it -> Ipv6Address.toString(Ipv6Address.high(it), Ipv6Address.low(it)));
    }

    /** What is accepted has a canonical form that reads as itself; anything else is refused in one way. */
    private static void assertReadsBack(final String text, final Function<String, String> canonical) {
        final String once;
        try {
            once = canonical.apply(text);
        } catch (final IllegalArgumentException refused) {
            assertEquals(IllegalArgumentException.class, refused.getClass());
            return;
        }
        assertEquals(once, canonical.apply(once));
    }
}
