package org.dvr.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * HTML or SVG with places to fill, each written <code>{{name}}</code>. What is filled in is text and escaped, unless it comes from another template. A place
 * that is not filled, and a name without a place, are errors of the page's author.
 */
final class Template {
    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    private final String source;
    private final Map<String, String> values = new HashMap<>();

    private Template(final String source) {
        this.source = source;
    }

    /**
     * A template from the source.
     *
     * @param source markup with places
     */
    static Template of(final String source) {
        return new Template(source);
    }

    /**
     * A template from a file beside this class.
     *
     * @param name of the file
     */
    static Template resource(final String name) {
        try (InputStream in = Template.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("no template " + name);
            }
            return new Template(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fills a place with text, escaped. */
    Template text(final String name, final Object value) {
        return markup(name, escape(String.valueOf(value)));
    }

    /** Fills a place with a coordinate, to a tenth of a pixel. */
    Template at(final String name, final double value) {
        return markup(name, Numbers.fixed(value, 1));
    }

    /** Fills a place with what other templates made, as it is. */
    Template markup(final String name, final String value) {
        if (!source.contains(OPEN + name + CLOSE)) {
            throw new IllegalArgumentException("the template has no place " + name);
        }
        values.put(name, value);
        return this;
    }

    /**
     * @return the markup with every place filled
     * @throws IllegalStateException when one is not
     */
    String fill() {
        final StringBuilder out = new StringBuilder(source.length() * 2);
        int from = 0;
        for (int open = source.indexOf(OPEN); open >= 0; open = source.indexOf(OPEN, from)) {
            final int close = source.indexOf(CLOSE, open);
            final String value = close < 0 ? null : values.get(source.substring(open + OPEN.length(), close));
            if (value == null) {
                throw new IllegalStateException(
                        "not filled: " + source.substring(open, Math.min(open + 30, source.length())));
            }
            out.append(source, from, open).append(value); // the value itself is not searched for places
            from = close + CLOSE.length();
        }
        return out.append(source, from, source.length()).toString();
    }

    /**
     * Text as it may stand in an element or in a quoted attribute.
     *
     * @param text any
     * @return the same, escaped; control characters that XML does not know become U+FFFD
     */
    static String escape(final String text) {
        final StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c < ' ' && c != '\t' && c != '\n' ? '\uFFFD' : c);
            }
        }
        return out.toString();
    }
}
