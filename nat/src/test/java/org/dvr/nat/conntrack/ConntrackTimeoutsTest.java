package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

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
