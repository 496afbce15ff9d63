package org.dvr.control.ini;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dvr.control.model.Findings;

/**
 * Reads the ini format of oslo.config, by its rules: a line that begins with a blank continues the value before it, which an empty
 * line ends; a comment is a line that begins with {@code #} or {@code ;}, never the end of another; {@code =} or {@code :}, whichever is
 * first, ends the key; one pair of quotes around a value goes; a key may be repeated; section names but {@code DEFAULT} are read
 * without regard to case. What cannot be read is a finding with file and line, and reading goes on behind it.
 */
final class IniReader {
    /** Far above any configuration, far below what would hurt. */
    private static final long LONGEST_FILE = 16L << 20;

    private final String file;
    private final Findings findings;
    private final List<IniEntry> entries = new ArrayList<>();
    private final StringBuilder value = new StringBuilder();
    private String section;
    private String key;
    private int keyLine;
    private int line;

    private IniReader(final String file, final Findings findings) {
        this.file = file;
        this.findings = findings;
    }

    /**
     * Reads a file.
     *
     * @param file UTF-8
     * @param findings takes what cannot be read
     * @return its assignments, in the order written
     */
    static List<IniEntry> read(final Path file, final Findings findings) {
        try {
            if (Files.size(file) > LONGEST_FILE) {
                findings.error(file + ": longer than 16 MiB, which no configuration is; name an ini file");
                return List.of();
            }
            return read(file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8), findings);
        } catch (final NoSuchFileException e) {
            findings.error(file + ": no such file");
        } catch (final IOException e) {
            findings.error(file + ": cannot be read: "
                    + (Files.isDirectory(file) ? "it is a folder, name the files in it" : e.getMessage()));
        }
        return List.of();
    }

    /**
     * Reads a text.
     *
     * @param file name of it in messages
     * @param text whole content
     * @param findings takes what cannot be read
     * @return its assignments, in the order written
     */
    static List<IniEntry> read(final String file, final String text, final Findings findings) {
        final IniReader reader = new IniReader(file, findings);
        final String content = text.startsWith("\uFEFF") ? text.substring(1) : text;
        int from = 0;
        while (from < content.length()) {
            final int feed = content.indexOf('\n', from);
            final int end = feed < 0 ? content.length() : feed;
            reader.line++;
            reader.line(content.substring(from, end).stripTrailing());
            from = end + 1;
        }
        reader.endValue();
        return reader.entries;
    }

    private void line(final String text) {
        if (text.isEmpty()) {
            endValue();
            return;
        }
        final char first = text.charAt(0);
        if (first == ' ' || first == '\t') {
            continueValue(text.strip());
            return;
        }
        endValue();
        if (first == '[') {
            beginSection(text);
        } else if (first != '#' && first != ';') {
            beginValue(text);
        }
    }

    private void continueValue(final String text) {
        if (key != null) {
            value.append('\n').append(text);
        } else if (text.charAt(0) != '#' && text.charAt(0) != ';') {
            error("the line begins with a blank but continues no value, remove the blank");
        }
    }

    private void beginSection(final String text) {
        if (!text.endsWith("]")) {
            error("section " + text + " has no ] at its end, write [section] alone on a line");
        } else if (text.length() <= 2) {
            error("section [] has no name, write [DEFAULT] or the section's name");
        } else {
            final String name = text.substring(1, text.length() - 1);
            section = IniEntry.DEFAULT.equals(name) ? name : name.toLowerCase(Locale.ROOT);
            if ("default".equals(section)) {
                findings.warning(file + ":" + line + ": section [" + name
                        + "] is not [DEFAULT]: Neutron ignores it, and so is done here");
            }
        }
    }

    private void beginValue(final String text) {
        final int equal = text.indexOf('=');
        final int colon = text.indexOf(':');
        final int at = equal < 0 || (colon >= 0 && colon < equal) ? colon : equal;
        if (at < 0) {
            error("there is no = in \"" + text + "\", write KEY = VALUE, or # before a comment");
            return;
        }
        final String name = text.substring(0, at).strip();
        if (name.isEmpty()) {
            error("there is no key before " + text.charAt(at) + ", write KEY = VALUE");
            return;
        }
        if (section == null) {
            error(name + " stands before the first section, put [DEFAULT] before it");
        }
        key = name;
        keyLine = line;
        value.append(unquoted(text.substring(at + 1).strip()));
    }

    private static String unquoted(final String text) {
        final int last = text.length() - 1;
        final boolean isQuoted =
                last > 0 && text.charAt(0) == text.charAt(last) && (text.charAt(0) == '"' || text.charAt(0) == '\'');
        return isQuoted ? text.substring(1, last) : text;
    }

    private void endValue() {
        if (key != null && section != null) {
            entries.add(new IniEntry(file, keyLine, section, key, value.toString()));
        }
        key = null;
        value.setLength(0);
    }

    private void error(final String message) {
        findings.error(file + ":" + line + ": " + message);
    }
}
