package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConntrackTimeoutsTest {
    @Test
    void shouldNameTheComponentThatIsOutOfRange() throws ReflectiveOperationException {
        final RecordComponent[] components = ConntrackTimeouts.class.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            final String name = components[i].getName();
            for (final int wrong : new int[] {0, -1, 2_147_484, Integer.MAX_VALUE}) {
                assertEquals(name + " must be 1 to 2147483, " + name + "=" + wrong, messageWith(i, wrong));
            }
        }
    }

    @Test
    void shouldAcceptBothBounds() throws ReflectiveOperationException {
        for (final int value : new int[] {1, 2_147_483}) {
            final Object[] values = new Object[ConntrackTimeouts.class.getRecordComponents().length];
            Arrays.fill(values, value);
            assertEquals(value, ((ConntrackTimeouts) constructor().newInstance(values)).otherSeconds());
        }
    }

    @Test
    void shouldChangeEachTimeoutByItsName() {
        for (final String name : ConntrackTimeouts.NAMES) {
            final ConntrackTimeouts changed = ConntrackTimeouts.DEFAULTS.with(name, "77");
            assertEquals(77, changed.seconds(name));
            for (final String other : ConntrackTimeouts.NAMES) {
                if (!other.equals(name)) {
                    assertEquals(ConntrackTimeouts.DEFAULTS.seconds(other), changed.seconds(other));
                }
            }
        }
    }

    @Test
    void shouldNameTheTimeoutsAsTheComponents() {
        final RecordComponent[] components = ConntrackTimeouts.class.getRecordComponents();
        assertEquals(components.length, ConntrackTimeouts.NAMES.size());
        for (int i = 0; i < components.length; i++) {
            final String name =
                    components[i].getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            assertEquals(name, ConntrackTimeouts.NAMES.get(i) + "_seconds");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "90, 90",
        "90s, 90",
        "30m, 1800",
        "2h, 7200",
        "2h4m, 7440",
        "5d, 432000",
        "1d1h1m1s, 90061",
        "2147483, 2147483",
    })
    void shouldReadDurations(final String text, final int seconds) {
        assertEquals(seconds, ConntrackTimeouts.parseSeconds(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "s", "-1", "1.5", "2h4", "4m2h", "2h2h", "h2", "2 h", "1ms", "x"})
    void shouldRejectWhatIsNoDuration(final String text) {
        assertEquals(
                "a duration must be such as 90, 90s or 2h4m, not " + text,
                assertThrows(IllegalArgumentException.class, () -> ConntrackTimeouts.parseSeconds(text))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "2147484", "25d", "99999999999999999999", "99999999999999d"})
    void shouldRejectDurationsOutOfRange(final String text) {
        assertEquals(
                "a timeout must be 1 s to 2147483 s, not " + text,
                assertThrows(IllegalArgumentException.class, () -> ConntrackTimeouts.DEFAULTS.with("udp", text))
                        .getMessage());
    }

    @Test
    void shouldRejectAnUnknownName() {
        final String message = assertThrows(
                        IllegalArgumentException.class, () -> ConntrackTimeouts.DEFAULTS.with("tcp", "1"))
                .getMessage();
        assertTrue(message.startsWith("unknown timeout tcp, known are tcp_syn_sent, "), message);
        assertThrows(IllegalArgumentException.class, () -> ConntrackTimeouts.DEFAULTS.seconds("tcp"));
    }

    private static String messageWith(final int component, final int value) throws ReflectiveOperationException {
        final Object[] values = new Object[ConntrackTimeouts.class.getRecordComponents().length];
        Arrays.fill(values, 1);
        values[component] = value;
        final Constructor<?> constructor = constructor();
        final Throwable cause = assertThrows(InvocationTargetException.class, () -> constructor.newInstance(values))
                .getCause();
        return assertInstanceOf(IllegalArgumentException.class, cause).getMessage();
    }

    private static Constructor<?> constructor() {
        return ConntrackTimeouts.class.getDeclaredConstructors()[0];
    }
}
