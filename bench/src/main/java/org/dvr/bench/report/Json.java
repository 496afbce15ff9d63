package org.dvr.bench.report;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Files of results, as trees. What is wrong with one is told in one line. */
final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /**
     * @param file to read
     * @return its tree, an object or an array
     * @throws UnusableResultException when it is missing, empty or not JSON
     */
    static JsonNode read(final Path file) throws UnusableResultException {
        final JsonNode tree;
        try {
            tree = MAPPER.readTree(Files.readAllBytes(file));
        } catch (final NoSuchFileException e) {
            throw new UnusableResultException(file, "no such file");
        } catch (final JacksonException e) {
            throw new UnusableResultException(
                    file,
                    "no JSON, or cut off, at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage());
        } catch (final IOException e) {
            throw new UnusableResultException(file, "cannot be read: " + e.getMessage());
        }
        if (tree == null || tree.isMissingNode()) {
            throw new UnusableResultException(file, "is empty");
        }
        if (!tree.isContainerNode()) {
            throw new UnusableResultException(file, "holds neither an object nor an array");
        }
        return tree;
    }

    /** A number, also where JMH writes {@code "NaN"} as text; NaN for what is none. */
    static double number(final JsonNode node) {
        if (node.isTextual()) {
            try {
                return Double.parseDouble(node.textValue());
            } catch (final NumberFormatException e) {
                return Double.NaN;
            }
        }
        return node.isNumber() ? node.doubleValue() : Double.NaN;
    }

    /** Members as text, in their order. */
    static Map<String, String> texts(final JsonNode object) {
        final Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(each -> texts.put(each.getKey(), each.getValue().asText()));
        return texts;
    }
}
