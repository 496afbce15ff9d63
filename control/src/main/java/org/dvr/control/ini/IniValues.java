package org.dvr.control.ini;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Findings;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Said;

/**
 * Typed reading of what several ini files say together. Of a key that is written more than once the last counts, in the order in which
 * the files were named. Text forms are those of oslo.config: booleans are true, on, yes, 1 and their opposites, lists have commas
 * between their items, and {@code $key}, {@code ${key}} or {@code ${section.key}} stand for another value. A value that cannot be
 * read is a finding and reads as not said.
 */
final class IniValues {
    /** Of a value with all its references in place, in characters. */
    private static final int LONGEST_VALUE = 1 << 20;

    private static final String REFERENCE_CHARACTERS =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

    private final Map<String, List<IniEntry>> entries = new HashMap<>();
    private final IdentityHashMap<IniEntry, String> substituted = new IdentityHashMap<>();
    private final IdentityHashMap<IniEntry, Boolean> underWay = new IdentityHashMap<>();
    private final Findings findings;

    IniValues(final Findings findings) {
        this.findings = findings;
    }

    void add(final List<IniEntry> more) {
        for (final IniEntry entry : more) {
            entries.computeIfAbsent(entry.section() + " " + entry.key(), none -> new ArrayList<>())
                    .add(entry);
        }
    }

    /** Every time a key is written, in order; empty where it is not. */
    List<IniEntry> all(final String section, final String key) {
        return entries.getOrDefault(section + " " + key, List.of());
    }

    /** True where any key of a section is written. */
    boolean hasSection(final String section) {
        return entries.keySet().stream().anyMatch(name -> name.startsWith(section + " "));
    }

    /** Text, not said where it is empty. */
    Said<String> text(final String section, final String key) {
        final List<IniEntry> all = all(section, key);
        if (all.isEmpty()) {
            return Said.nothing();
        }
        final IniEntry entry = all.getLast();
        final String value = substituted(entry);
        return value == null || value.isBlank() ? Said.nothing() : new Said<>(value.strip(), entry.place());
    }

    Said<Boolean> flag(final String section, final String key) {
        final Said<String> text = text(section, key);
        if (!text.isSaid()) {
            return Said.nothing();
        }
        return switch (text.value().toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1" -> new Said<>(true, text.place());
            case "false", "off", "no", "0" -> new Said<>(false, text.place());
            default -> wrong(text, "is not a truth value, write true or false");
        };
    }

    Said<Integer> number(final String section, final String key, final int lowest, final int highest) {
        final Said<String> text = text(section, key);
        if (!text.isSaid()) {
            return Said.nothing();
        }
        try {
            final long number = Long.parseLong(text.value());
            if (number >= lowest && number <= highest) {
                return new Said<>((int) number, text.place());
            }
        } catch (final NumberFormatException e) {
            // said below, as for a number out of range
        }
        return wrong(text, "is not a whole number from " + lowest + " to " + highest);
    }

    /** Items in the order written, empty ones left out; a list of none is said to be empty where the key is written. */
    Said<List<String>> list(final String section, final String key) {
        final List<IniEntry> all = all(section, key);
        if (all.isEmpty()) {
            return Said.nothing();
        }
        final IniEntry entry = all.getLast();
        final String value = substituted(entry);
        return value == null ? Said.nothing() : new Said<>(items(value), entry.place());
    }

    static List<String> items(final String value) {
        final List<String> items = new ArrayList<>();
        for (final String item : value.split(",", -1)) {
            if (!item.isBlank()) {
                items.add(item.strip());
            }
        }
        return List.copyOf(items);
    }

    Said<IpAddress> address(final String section, final String key) {
        final Said<String> text = text(section, key);
        if (!text.isSaid()) {
            return Said.nothing();
        }
        final IpAddress address = IpAddress.parse(text.value());
        return address == null ? wrong(text, "is not an IP address") : new Said<>(address, text.place());
    }

    Said<AgentMode> mode(final String section, final String key) {
        final Said<String> text = text(section, key);
        if (!text.isSaid()) {
            return Said.nothing();
        }
        final AgentMode mode = AgentMode.of(text.value());
        return mode == null
                ? wrong(text, "is not one of legacy, dvr, dvr_snat, dvr_no_external")
                : new Said<>(mode, text.place());
    }

    /** Tells of a value that cannot be read; reads as not said. */
    private <T> Said<T> wrong(final Said<String> text, final String message) {
        findings.error(
                text.place() + " " + text.value().replace('\n', ' ') + ": " + message + commentHint(text.value()));
        return Said.nothing();
    }

    private static String commentHint(final String value) {
        return value.contains(" #") || value.contains(" ;") || value.contains("\n#") || value.contains("\n;")
                ? "; a comment needs a line of its own that begins with #"
                : "";
    }

    /** An entry's value with others in the place of references; null where one leads nowhere, which is told once. */
    private String substituted(final IniEntry entry) {
        if (entry.value().indexOf('$') < 0) {
            return entry.value();
        }
        if (!substituted.containsKey(entry)) {
            underWay.put(entry, true);
            substituted.put(entry, withReferences(entry));
            underWay.remove(entry);
        }
        return substituted.get(entry);
    }

    private String withReferences(final IniEntry entry) {
        final String text = entry.value();
        final StringBuilder result = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            final char next = i + 1 < text.length() ? text.charAt(i + 1) : ' ';
            if ((c == '$' || c == '\\') && next == '$') {
                result.append('$');
                i++;
            } else if (c == '$') {
                final boolean isBraced = next == '{';
                final int end = endOfReference(text, i + 1);
                final String value = referred(entry, text.substring(i + (isBraced ? 2 : 1), end));
                if (value == null) {
                    return null;
                }
                if (result.length() + value.length() > LONGEST_VALUE) {
                    findings.error(
                            entry.place() + ": is longer than 1 MiB with its references, write the value itself");
                    return null;
                }
                result.append(value);
                i = isBraced ? end : end - 1;
            } else {
                result.append(c);
            }
        }
        return result.toString();
    }

    /** Behind the last character of a name that begins there, or at the brace that ends it. */
    private static int endOfReference(final String text, final int from) {
        if (from < text.length() && text.charAt(from) == '{') {
            final int brace = text.indexOf('}', from);
            return brace < 0 ? text.length() : brace;
        }
        int end = from;
        while (end < text.length() && REFERENCE_CHARACTERS.indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        return end;
    }

    private String referred(final IniEntry from, final String name) {
        final int dot = name.indexOf('.');
        final String section = dot < 0 ? IniEntry.DEFAULT : name.substring(0, dot);
        final List<IniEntry> own = dot < 0 ? all(from.section(), name) : List.of();
        final List<IniEntry> all = own.isEmpty() ? all(section, name.substring(dot + 1)) : own;
        if (all.isEmpty()) {
            if ("state_path".equals(name)) {
                return NeutronSettings.DEFAULT_STATE_PATH;
            }
            findings.error(from.place() + ": $" + name
                    + " is not set in the files given, set it or write its value here; $$ is a dollar sign");
            return null;
        }
        if (underWay.containsKey(all.getLast())) {
            findings.error(from.place() + ": $" + name + " leads back here, write a value in one of the places");
            return null;
        }
        return substituted(all.getLast());
    }
}
