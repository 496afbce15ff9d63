package org.dvr.control.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dvr.control.model.Findings;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Reads one topology document, YAML or JSON, and hands out its resources one at a time, so that a file of any size needs the
 * memory of one resource. Nesting and aliases are bounded; what is not well-formed becomes one finding with line and column.
 */
final class DocumentReader {
    /** Deepest nesting of lists and objects; Neutron's own documents need six. */
    static final int NESTING_LIMIT = 40;

    /** Most aliases ({@code *name}) in one file; a written-by-hand file needs a few. */
    static final int ALIAS_LIMIT = 1000;

    private static final StreamReadConstraints CONSTRAINTS =
            StreamReadConstraints.builder().maxNestingDepth(NESTING_LIMIT).build();
    private static final JsonFactory JSON =
            JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build();
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .streamReadConstraints(CONSTRAINTS)
            .loaderOptions(loaderOptions())
            .build();

    private final String file;
    private final Findings findings;
    private final Handler handler;
    private final Map<String, Element> anchors = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private int aliasCount;

    /** Takes what a document consists of. */
    interface Handler {
        /** One item of a top-level list: its key, and its place in the list from 0. */
        void item(String key, int index, Element item);

        /** A top-level key, before its items. */
        void section(String key);
    }

    /** Ends the reading of a file; the place is where the parser stands. */
    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(final String message) {
            super(message);
        }
    }

    private DocumentReader(final String file, final Findings findings, final Handler handler) {
        this.file = file;
        this.findings = findings;
        this.handler = handler;
    }

    private static LoaderOptions loaderOptions() {
        final LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(Integer.MAX_VALUE);
        options.setNestingDepthLimit(NESTING_LIMIT);
        return options;
    }

    /**
     * Reads a file.
     *
     * @param path the file
     * @param findings takes what is wrong with it
     * @param handler takes its content
     */
    static void read(final Path path, final Findings findings, final Handler handler) {
        final String file = path.toString();
        if (Files.isDirectory(path)) {
            findings.error(file + ": is a directory, a file is needed");
            return;
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
            new DocumentReader(file, findings, handler).read(path, in);
        } catch (final NoSuchFileException e) {
            findings.error(file + ": no such file");
        } catch (final AccessDeniedException e) {
            findings.error(file + ": cannot be read: permission denied");
        } catch (final CharacterCodingException e) {
            findings.error(file + ": is not UTF-8 text");
        } catch (final IOException e) {
            findings.error(file + ": cannot be read: " + e.getMessage());
        }
    }

    private void read(final Path path, final InputStream in) throws IOException {
        final boolean isJson = isJson(path, in);
        final Reader reader = new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try (JsonParser parser = isJson ? JSON.createParser(reader) : YAML.createParser(reader)) {
            try {
                documents(parser);
            } catch (final JsonProcessingException e) {
                syntaxError(e, parser);
            } catch (final YAMLException e) {
                syntaxError(e, parser);
            } catch (final Malformed e) {
                report(parser.currentTokenLocation(), e.getMessage());
            }
        }
    }

    /** By the file's name, or where that does not tell, by the first character: JSON documents begin with a brace. */
    private static boolean isJson(final Path path, final InputStream in) throws IOException {
        final String name = path.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return true;
        }
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return false;
        }
        in.mark(1 << 10);
        int first = in.read();
        for (int i = 0; i < 1000 && first >= 0 && Character.isWhitespace(first); i++) {
            first = in.read();
        }
        in.reset();
        return first == '{';
    }

    private void syntaxError(final Exception problem, final JsonParser parser) throws CharacterCodingException {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof final CharacterCodingException coding) {
                throw coding;
            }
        }
        final Throwable cause = problem.getCause() instanceof MarkedYAMLException ? problem.getCause() : problem;
        if (cause instanceof final MarkedYAMLException marked && marked.getProblemMark() != null) {
            final Mark mark = marked.getProblemMark();
            final String context = marked.getContext() == null ? "" : marked.getContext() + ": ";
            report(mark.getLine() + 1, mark.getColumn() + 1, context + marked.getProblem());
        } else if (problem instanceof final JsonProcessingException json) {
            final JsonLocation given = json.getLocation();
            report(given == null ? parser.currentLocation() : given, json.getOriginalMessage());
        } else {
            report(parser.currentLocation(), problem.getMessage());
        }
    }

    private void report(final JsonLocation place, final String message) {
        report(place.getLineNr(), place.getColumnNr(), message);
    }

    private void report(final int line, final int column, final String message) {
        final int end = message.indexOf('\n');
        findings.error(file + ": line " + line + ", column " + column + ": "
                + (end < 0 ? message : message.substring(0, end)));
    }

    private void documents(final JsonParser parser) throws IOException, Malformed {
        JsonToken token = parser.nextToken();
        if (token == null) {
            findings.error(file + ": is empty");
        }
        while (token != null) {
            if (token != JsonToken.START_OBJECT) {
                final String found = element(parser, token).described();
                findings.error(file + ": must be an object with keys such as networks and ports, it is " + found);
            } else {
                sections(parser);
            }
            token = parser.nextToken();
        }
    }

    private void sections(final JsonParser parser) throws IOException, Malformed {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String key = parser.currentName();
            final JsonToken token = parser.nextToken();
            handler.section(key);
            if (token == JsonToken.START_ARRAY && anchor(parser) == null) {
                JsonToken item = parser.nextToken();
                while (item != JsonToken.END_ARRAY) {
                    handOut(key, element(parser, item));
                    item = parser.nextToken();
                }
            } else {
                whole(key, element(parser, token));
            }
        }
    }

    /** A section that is an alias, has an anchor, or is no list at all. */
    private void whole(final String key, final Element section) {
        if (section.kind() == Element.Kind.LIST) {
            for (final Element item : section.items()) {
                handOut(key, item);
            }
        } else if (section.kind() != Element.Kind.NULL && KnownKeys.isSection(key)) {
            findings.error(file + ": " + key + " must be a list, it is " + section.described());
        }
    }

    private void handOut(final String key, final Element item) {
        handler.item(key, counts.merge(key, 1, Integer::sum) - 1, item);
    }

    private Element element(final JsonParser parser, final JsonToken token) throws IOException, Malformed {
        final String anchor = anchor(parser);
        final Element element =
                switch (token) {
                    case START_OBJECT -> object(parser);
                    case START_ARRAY -> list(parser);
                    case VALUE_STRING -> isAlias(parser) ? aliased(parser) : text(parser);
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Element.scalar(Element.Kind.NUMBER, parser.getText());
                    case VALUE_TRUE -> Element.scalar(Element.Kind.BOOLEAN, "true");
                    case VALUE_FALSE -> Element.scalar(Element.Kind.BOOLEAN, "false");
                    default -> Element.NULL;
                };
        if (anchor != null) {
            anchors.put(anchor, element);
        }
        return element;
    }

    private Element object(final JsonParser parser) throws IOException, Malformed {
        final Map<String, Element> fields = new LinkedHashMap<>();
        Element merged = Element.NULL;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String key = parser.currentName();
            final JsonToken token = parser.nextToken();
            if ("<<".equals(key) && parser instanceof YAMLParser) {
                merged = element(parser, token);
            } else {
                if (fields.containsKey(key)) {
                    throw new Malformed("key " + key + " is given twice");
                }
                fields.put(key, element(parser, token));
            }
        }
        merged.fields().forEach(fields::putIfAbsent);
        return Element.object(fields);
    }

    private Element list(final JsonParser parser) throws IOException, Malformed {
        final List<Element> items = new ArrayList<>(2);
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            items.add(element(parser, token));
            token = parser.nextToken();
        }
        return Element.list(items);
    }

    /** A YAML key with nothing behind it reads as empty text. */
    private static Element text(final JsonParser parser) throws IOException {
        final String text = parser.getText();
        return text.isEmpty() && parser instanceof YAMLParser ? Element.NULL : Element.scalar(Element.Kind.TEXT, text);
    }

    /** Null where there is none. The parser tells anchors of lists and objects only; at scalars it still shows an old one. */
    private static String anchor(final JsonParser parser) throws IOException {
        final JsonToken token = parser.currentToken();
        final boolean isCollection = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
        return isCollection && parser instanceof YAMLParser ? (String) parser.getObjectId() : null;
    }

    private static boolean isAlias(final JsonParser parser) {
        return parser instanceof final YAMLParser yaml && yaml.isCurrentAlias();
    }

    private Element aliased(final JsonParser parser) throws IOException, Malformed {
        aliasCount++;
        if (aliasCount > ALIAS_LIMIT) {
            throw new Malformed("more than " + ALIAS_LIMIT + " aliases");
        }
        final Element element = anchors.get(parser.getText());
        if (element == null) {
            throw new Malformed("alias *" + parser.getText() + " stands for no list or object before it");
        }
        return element;
    }
}
