package org.dvr.control.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.model.Findings;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Origin;
import org.dvr.control.model.Prefix;

/**
 * Typed reading of one object of a document. What cannot be read becomes a finding that names the resource and the path to the
 * field, and reads as absent.
 */
final class Fields {
    private final Element object;
    private final Origin origin;
    private final String path;
    private final Findings findings;

    Fields(final Element object, final Origin origin, final String path, final Findings findings) {
        this.object = object;
        this.origin = origin;
        this.path = path;
        this.findings = findings;
    }

    Origin origin() {
        return origin;
    }

    /** Same object, named better in messages now that its id is known. */
    Fields named(final Origin better) {
        return new Fields(object, better, path, findings);
    }

    void checkKeys(final String shape, final UnknownKeys unknown) {
        final Set<String> known = KnownKeys.of(shape);
        for (final String key : object.fields().keySet()) {
            if (!known.contains(key)) {
                unknown.note(origin, shape, path, key, known);
            }
        }
    }

    void error(final String message) {
        findings.error(origin, path + message);
    }

    void warning(final String message) {
        findings.warning(origin, path + message);
    }

    private Element get(final String key) {
        return object.fields().getOrDefault(key, Element.NULL);
    }

    /** True where the key has a value that is neither null nor empty text. */
    boolean has(final String key) {
        final Element value = get(key);
        return value.kind() != Element.Kind.NULL
                && !(value.kind() == Element.Kind.TEXT && value.text().isEmpty());
    }

    /** Scalar as text, empty where absent. Numbers count as text: hand-written ids may be numbers. */
    String text(final String key) {
        final Element value = get(key);
        if (!value.isScalar()) {
            error(key + " must be text, it is " + value.described());
            return "";
        }
        return value.text();
    }

    String requiredText(final String key) {
        require(key);
        return text(key);
    }

    private void require(final String key) {
        if (!has(key)) {
            error(key + " is missing");
        }
    }

    boolean flag(final String key, final boolean absent) {
        final Element value = get(key);
        if (value.kind() == Element.Kind.NULL) {
            return absent;
        }
        if (value.kind() != Element.Kind.BOOLEAN) {
            error(key + " must be true or false, it is " + value.described());
            return absent;
        }
        return "true".equals(value.text());
    }

    /** Whole number of a range. */
    long number(final String key, final long lowest, final long highest, final long absent) {
        final Element value = get(key);
        if (!has(key)) {
            return absent;
        }
        final long number;
        try {
            if (!value.isScalar()) {
                throw new NumberFormatException(key);
            }
            number = Long.parseLong(value.text());
        } catch (final NumberFormatException e) {
            error(key + " must be a whole number, it is " + value.described());
            return absent;
        }
        if (number < lowest || number > highest) {
            error(key + " " + number + " is not in " + lowest + ".." + highest);
            return absent;
        }
        return number;
    }

    /** An address of either version, null where absent. */
    IpAddress address(final String key) {
        if (!has(key)) {
            return null;
        }
        final String text = text(key);
        final IpAddress address = text.isEmpty() ? null : IpAddress.parse(text);
        if (address == null && !text.isEmpty()) {
            error(key + " " + text + " is not an IP address");
        }
        return address;
    }

    IpAddress requiredAddress(final String key) {
        require(key);
        return address(key);
    }

    /** An IPv4 address, null where absent. */
    IpAddress addressV4(final String key) {
        final IpAddress address = address(key);
        if (address != null && !address.isV4()) {
            error(key + " " + address + " is not an IPv4 address");
            return null;
        }
        return address;
    }

    Prefix prefix(final String key) {
        if (!has(key)) {
            return null;
        }
        final String text = text(key);
        final Prefix prefix = text.isEmpty() ? null : Prefix.parse(text);
        if (prefix == null && !text.isEmpty()) {
            error(key + " " + text + " is not an address or prefix");
        }
        return prefix;
    }

    /** A prefix whose host bits are clear. */
    Prefix network(final String key) {
        require(key);
        final Prefix prefix = prefix(key);
        if (prefix != null && prefix.hasHostBits()) {
            error(key + " " + prefix + " has bits set behind its length, the network is " + prefix.masked());
            return null;
        }
        return prefix;
    }

    /** MAC of one station in the low 48 bits, 0 where absent. */
    long mac(final String key) {
        if (!has(key)) {
            return 0;
        }
        final String text = text(key);
        return text.isEmpty() ? 0 : mac(key, text);
    }

    long requiredMac(final String key) {
        require(key);
        return mac(key);
    }

    private long mac(final String key, final String text) {
        final long mac;
        try {
            mac = MacAddress.parse(text);
        } catch (final IllegalArgumentException e) {
            error(key + " " + text + " is not a MAC address");
            return 0;
        }
        if (mac == 0) {
            error(key + " " + text + " is the zero address");
        } else if (MacAddress.isMulticast(mac)) {
            error(key + " " + text + " is a multicast address");
            return 0;
        }
        return mac;
    }

    /** The items of a list, empty where absent. */
    List<Element> list(final String key) {
        final Element value = get(key);
        if (value.kind() != Element.Kind.LIST && has(key)) {
            error(key + " must be a list, it is " + value.described());
        }
        return value.items();
    }

    /** A list of objects; text items are taken as objects with just the key that is named short. */
    List<Fields> objects(final String key, final String shortKey) {
        final List<Element> items = list(key);
        if (items.isEmpty()) {
            return List.of();
        }
        final List<Fields> objects = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            final Element item = items.get(i);
            final String itemPath = path + key + "[" + i + "].";
            if (item.kind() == Element.Kind.OBJECT) {
                objects.add(new Fields(item, origin, itemPath, findings));
            } else if (item.kind() == Element.Kind.TEXT && !shortKey.isEmpty()) {
                objects.add(new Fields(Element.object(Map.of(shortKey, item)), origin, itemPath, findings));
            } else {
                error(key + "[" + i + "] must be an object, it is " + item.described());
            }
        }
        return objects;
    }

    /** A nested object, null where absent. */
    Fields object(final String key) {
        final Element value = get(key);
        if (value.kind() == Element.Kind.OBJECT) {
            return new Fields(value, origin, path + key + ".", findings);
        }
        if (has(key)) {
            error(key + " must be an object, it is " + value.described());
        }
        return null;
    }

    /** An object of text values, empty where absent. */
    Map<String, String> mapping(final String key) {
        final Fields inner = object(key);
        if (inner == null) {
            return Map.of();
        }
        final Map<String, String> mapping = new LinkedHashMap<>();
        for (final String label : inner.object.fields().keySet()) {
            mapping.put(label, inner.text(label));
        }
        return mapping;
    }

    /** An object of MACs, empty where absent. */
    Map<String, Long> macs(final String key) {
        final Fields inner = object(key);
        if (inner == null) {
            return Map.of();
        }
        final Map<String, Long> macs = new LinkedHashMap<>();
        for (final String label : inner.object.fields().keySet()) {
            final long mac = inner.requiredMac(label);
            if (mac != 0) {
                macs.put(label, mac);
            }
        }
        return macs;
    }
}
