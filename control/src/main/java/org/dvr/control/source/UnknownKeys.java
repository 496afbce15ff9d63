package org.dvr.control.source;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.Findings;

/** Keys of one file that nobody knows: one warning per key and kind of object, however often it occurs. */
final class UnknownKeys {
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<String, String> messages = new LinkedHashMap<>();

    /**
     * Takes note of a key.
     *
     * @param place what holds it, for the message
     * @param shape kind of object that holds it
     * @param path of the object within the resource, empty or ending in a dot
     * @param key the key
     * @param known the keys it may have
     */
    void note(final Object place, final String shape, final String path, final String key, final Set<String> known) {
        final String kind = shape + ' ' + key;
        if (counts.merge(kind, 1, Integer::sum) == 1) {
            messages.put(
                    kind,
                    place + ": key " + path + key + " is not known, did you mean " + KnownKeys.nearest(key, known)
                            + "?");
        }
    }

    void report(final Findings findings) {
        messages.forEach((kind, message) -> {
            final int others = counts.get(kind) - 1;
            findings.warning(others == 0 ? message : message + " (" + others + " more like this)");
        });
    }
}
