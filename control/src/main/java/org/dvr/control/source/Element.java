package org.dvr.control.source;

import java.util.List;
import java.util.Map;

/**
 * A piece of a document: one resource or a part of it, as written. Immutable, so aliases share it.
 *
 * @param kind what it is
 * @param text of scalars, exactly as written; empty for the rest
 * @param fields of an object, in the order written
 * @param items of a list
 */
record Element(Kind kind, String text, Map<String, Element> fields, List<Element> items) {
    static final Element NULL = new Element(Kind.NULL, "", Map.of(), List.of());

    /** What may stand in a document. */
    enum Kind {
        OBJECT,
        LIST,
        TEXT,
        NUMBER,
        BOOLEAN,
        NULL
    }

    static Element scalar(final Kind kind, final String text) {
        return new Element(kind, text, Map.of(), List.of());
    }

    static Element object(final Map<String, Element> fields) {
        return new Element(Kind.OBJECT, "", fields, List.of());
    }

    static Element list(final List<Element> items) {
        return new Element(Kind.LIST, "", Map.of(), items);
    }

    boolean isScalar() {
        return kind != Kind.OBJECT && kind != Kind.LIST;
    }

    /** What it is, for messages: {@code it is …}. */
    String described() {
        return switch (kind) {
            case OBJECT -> "an object";
            case LIST -> "a list";
            case TEXT -> "the text \"" + text + "\"";
            case NUMBER -> "the number " + text;
            case BOOLEAN -> text;
            case NULL -> "null";
        };
    }
}
