package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any text: a filter that looks at a frame, or an {@link ObserveException}, nothing else. */
class FilterParserFuzzTest {
    @FuzzTest
    void shouldReadOrRefuseAnyText(final byte[] bytes) {
        try {
            FilterParser.parse(new String(bytes, UTF_8), FilterParserTest.TOPOLOGY)
                    .filter()
                    .matches(FilterParserTest.frame("tapport-a1", FilterParserTest.DNS));
        } catch (final ObserveException e) {
            if (!e.getMessage().startsWith("filter: ")) {
                throw new AssertionError(e.getMessage(), e);
            }
        }
    }
}
