package org.dvr.codec.net;

/** An IPv6 address in two {@code long}s, the first eight bytes on the wire in the high one, both in host order. */
public final class Ipv6Address {
    private static final int GROUPS = 8;
    private static final long MAPPED_IPV4_PREFIX = 0xFFFFL;

    private Ipv6Address() {}

    /**
     * Reads the first 64 bits of any text form of RFC 4291 §2.2, an embedded IPv4 address included; no zone, no blanks.
     *
     * @param text such as {@code 2001:db8::1}
     * @return the high half, host order
     * @throws IllegalArgumentException if the text is anything else
     */
    public static long high(final CharSequence text) {
        return pack(parse(text), 0);
    }

    /**
     * Reads the last 64 bits of the same text forms as {@link #high(CharSequence)}.
     *
     * @param text such as {@code 2001:db8::1}
     * @return the low half, host order
     * @throws IllegalArgumentException if the text is anything else
     */
    public static long low(final CharSequence text) {
        return pack(parse(text), 4);
    }

    /**
     * Appends the canonical form of RFC 5952; an IPv4-mapped address ends in dotted decimal (§5).
     *
     * @param builder to append to
     * @param high first 64 bits, host order
     * @param low last 64 bits, host order
     * @return the builder
     */
    public static StringBuilder append(final StringBuilder builder, final long high, final long low) {
        if (high == 0 && low >>> 32 == MAPPED_IPV4_PREFIX) {
            return Ipv4Address.append(builder.append("::ffff:"), (int) low);
        }
        int bestStart = GROUPS;
        int bestLength = 1;
        for (int i = 0, length = 0; i < GROUPS; i++) {
            length = group(high, low, i) == 0 ? length + 1 : 0;
            // "the first sequence of zero bits MUST be shortened" where two are as long (RFC 5952 §4.2.3).
            if (length > bestLength) {
                bestLength = length;
                bestStart = i + 1 - length;
            }
        }
        for (int i = 0; i < GROUPS; i++) {
            if (i == bestStart) {
                builder.append("::");
                i += bestLength - 1;
            } else {
                if (i > 0 && i != bestStart + bestLength) {
                    builder.append(':');
                }
                appendGroup(builder, group(high, low, i));
            }
        }
        return builder;
    }

    /** {@return the canonical form of RFC 5952} */
    public static String toString(final long high, final long low) {
        return append(new StringBuilder(39), high, low).toString();
    }

    /** {@return whether an address with this high half is in ff00::/8} */
    public static boolean isMulticast(final long high) {
        return high >>> 56 == 0xFF;
    }

    /** {@return whether an address with this high half is in fe80::/10} */
    public static boolean isLinkLocal(final long high) {
        return high >>> 54 == 0x3FA;
    }

    private static int group(final long high, final long low, final int index) {
        final long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xFFFF;
    }

    private static void appendGroup(final StringBuilder builder, final int group) {
        boolean isStarted = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            final int digit = (group >>> shift) & 0xF;
            isStarted |= digit != 0 || shift == 0;
            if (isStarted) {
                builder.append(TextDigits.HEX.charAt(digit));
            }
        }
    }

    private static long pack(final int[] groups, final int from) {
        return ((long) groups[from] << 48)
                | ((long) groups[from + 1] << 32)
                | ((long) groups[from + 2] << 16)
                | groups[from + 3];
    }

    private static int[] parse(final CharSequence text) {
        final int[] groups = new int[GROUPS];
        final int end = text.length();
        int count = 0;
        int gap = -1;
        int i = 0;
        if (end >= 2 && text.charAt(0) == ':' && text.charAt(1) == ':') {
            gap = 0;
            i = 2;
        }
        while (i < end) {
            final int stop = groupEnd(text, i);
            final boolean isEmbedded = stop < end && text.charAt(stop) == '.';
            if (count + (isEmbedded ? 2 : 1) > GROUPS) {
                throw invalid(text);
            }
            if (isEmbedded) {
                final long address = Ipv4Address.parse(text, i, end);
                if (address < 0) {
                    throw invalid(text);
                }
                groups[count++] = (int) (address >>> 16);
                groups[count++] = (int) address & 0xFFFF;
                break;
            }
            groups[count++] = hexGroup(text, i, stop);
            i = stop;
            if (i == end) {
                break;
            }
            // groupEnd() stops at a colon, a dot or the end; here it can only be the colon, and it must lead somewhere.
            i++;
            if (i == end) {
                throw invalid(text);
            }
            if (text.charAt(i) == ':') {
                if (gap >= 0) {
                    throw invalid(text);
                }
                gap = count;
                i++;
            }
        }
        return spread(text, groups, count, gap);
    }

    /** Moves the groups behind the double colon to the end; without one there must be eight. */
    private static int[] spread(final CharSequence text, final int[] groups, final int count, final int gap) {
        // "::" stands for "one or more groups" (RFC 4291 §2.2).
        if (gap < 0 ? count != GROUPS : count >= GROUPS) {
            throw invalid(text);
        }
        if (gap >= 0) {
            for (int from = count - 1, to = GROUPS - 1; from >= gap; from--, to--) {
                groups[to] = groups[from];
                groups[from] = 0;
            }
        }
        return groups;
    }

    private static int groupEnd(final CharSequence text, final int start) {
        int i = start;
        while (i < text.length() && text.charAt(i) != ':' && text.charAt(i) != '.') {
            i++;
        }
        return i;
    }

    private static int hexGroup(final CharSequence text, final int start, final int end) {
        if (end == start || end - start > 4) {
            throw invalid(text);
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            final int digit = TextDigits.hex(text.charAt(i));
            if (digit < 0) {
                throw invalid(text);
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private static IllegalArgumentException invalid(final CharSequence text) {
        return new IllegalArgumentException("not an IPv6 address, text=" + text);
    }
}
