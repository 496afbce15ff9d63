package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any line: a request, or an {@link ObserveException}, nothing else. */
class AdminRequestFuzzTest {
    @FuzzTest
    void shouldReadOrRefuseAnyLine(final byte[] bytes) {
        try {
            AdminRequest.parse(new String(bytes, UTF_8));
        } catch (final ObserveException e) {
            if (!e.getMessage().startsWith("request: ")) {
                throw new AssertionError(e.getMessage(), e);
            }
        }
    }
}
