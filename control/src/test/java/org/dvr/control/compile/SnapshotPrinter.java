package org.dvr.control.compile;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dvr.dataplane.table.FdbTable;
import org.dvr.dataplane.table.Fib6Table;
import org.dvr.dataplane.table.FibTable;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Prints everything that a snapshot says, field by field, and which objects are the same one: two snapshots that print alike are alike. Tables are printed by
 * what they hold, in order; the version and how tables are divided is left out.
 */
final class SnapshotPrinter {
    private static final Set<String> LEFT_OUT = Set.of("version", "elsewhere");

    private final IdentityHashMap<Object, Integer> seen = new IdentityHashMap<>();
    private final StringBuilder out = new StringBuilder();

    private SnapshotPrinter() {}

    static String print(final TopologySnapshot snapshot) {
        final SnapshotPrinter printer = new SnapshotPrinter();
        try {
            printer.print(snapshot, 0);
        } catch (final IllegalAccessException e) {
            throw new AssertionError(e);
        }
        return printer.out.toString();
    }

    private void print(final Object value, final int depth) throws IllegalAccessException {
        switch (value) {
            case null -> line(depth, "null");
            case Number number -> line(depth, number.toString());
            case String text -> line(depth, text);
            case Boolean flag -> line(depth, flag.toString());
            case Enum<?> constant -> line(depth, constant.name());
            case FdbTable<?> table -> print(entries(table), depth);
            case NeighborTable table -> print(entries(table), depth);
            case FibTable<?> table -> print(entries(table), depth);
            case Fib6Table<?> table -> print(entries(table), depth);
            case Map<?, ?> map -> printMap(map, depth);
            case Set<?> set -> line(depth, new TreeSet<>(set).toString());
            case Collection<?> list -> {
                line(depth, list.size() + " of");
                for (final Object element : list) {
                    print(element, depth + 1);
                }
            }
            default -> printOther(value, depth);
        }
    }

    private void printOther(final Object value, final int depth) throws IllegalAccessException {
        if (value.getClass().isArray()) {
            final List<Object> elements = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                elements.add(Array.get(value, i));
            }
            print(elements, depth);
            return;
        }
        if (!value.getClass().isRecord()) { // records are values: it does not matter which one it is
            final Integer known = seen.putIfAbsent(value, seen.size());
            if (known != null) {
                line(depth, value.getClass().getSimpleName() + " #" + known);
                return;
            }
        }
        line(depth, value.getClass().getSimpleName() + (seen.containsKey(value) ? " #" + seen.get(value) : ""));
        for (final Field field : value.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !LEFT_OUT.contains(field.getName())) {
                field.setAccessible(true);
                line(depth + 1, field.getName());
                print(field.get(value), depth + 2);
            }
        }
    }

    private void printMap(final Map<?, ?> map, final int depth) throws IllegalAccessException {
        line(depth, map.size() + " entries");
        for (final Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
            line(depth + 1, entry.getKey() + " ->");
            print(entry.getValue(), depth + 2);
        }
    }

    private static <T> Map<String, T> entries(final FdbTable<T> table) {
        final Map<String, T> entries = new TreeMap<>();
        table.forEach((segmentId, mac, value) -> entries.put(String.format("%05d %012x", segmentId, mac), value));
        return entries;
    }

    private static Map<String, Long> entries(final NeighborTable table) {
        final Map<String, Long> entries = new TreeMap<>();
        table.forEach((domain, ip, value) -> entries.put(String.format("%010d %08x", domain, ip), value));
        return entries;
    }

    private static Map<String, Object> entries(final FibTable<?> table) {
        final Map<String, Object> entries = new TreeMap<>();
        table.forEach(value -> {
            final Route route = (Route) value;
            entries.put(String.format("%08x/%02d", route.network(), route.length()), route);
        });
        return entries;
    }

    private static Map<String, Object> entries(final Fib6Table<?> table) throws IllegalAccessException {
        final Object[] values = (Object[]) field(table, "values");
        final long[] highs = (long[]) field(table, "highs");
        final long[] lows = (long[]) field(table, "lows");
        final byte[] lengths = (byte[]) field(table, "keyLengths");
        final Map<String, Object> entries = new TreeMap<>();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                entries.put(String.format("%016x%016x/%03d", highs[i], lows[i], lengths[i] + 128), values[i]);
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    private static Object field(final Object object, final String name) throws IllegalAccessException {
        try {
            final Field field = object.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(object);
        } catch (final NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    private void line(final int depth, final String text) {
        out.append(" ".repeat(depth)).append(text).append('\n');
    }
}
