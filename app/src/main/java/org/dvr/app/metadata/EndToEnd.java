package org.dvr.app.metadata;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What may be passed on of an HTTP message's headers. */
final class EndToEnd {
    private EndToEnd() {}

    /** Without those that are about one connection (RFC 9110 §7.6.1), and without those that HTTP itself makes. */
    static Map<String, List<String>> headers(final Map<String, List<String>> headers) {
        final Map<String, List<String>> passed = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        passed.putAll(headers);
        for (final String named : passed.getOrDefault("Connection", List.of())) {
            for (final String name : named.split(",", -1)) {
                passed.remove(name.strip());
            }
        }
        passed.keySet().removeIf(EndToEnd::isOfConnection);
        return passed;
    }

    private static boolean isOfConnection(final String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "connection",
                    "content-length",
                    "expect",
                    "host",
                    "keep-alive",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "http2-settings" -> true;
            default -> name.startsWith(":");
        };
    }
}
