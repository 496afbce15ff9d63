package org.dvr.codec.net;

/** Digits of address texts: ASCII only, unlike {@link Character#digit(char, int)}. */
final class TextDigits {
    static final String HEX = "0123456789abcdef";

    private TextDigits() {}

    /** {@return 0 to 15, or -1 if the character is no hexadecimal digit} */
    static int hex(final char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        final int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /**
     * Reads a decimal number without sign, blanks or leading zeros, so that no reader can take it for octal.
     *
     * @return the number, or -1 if the range holds anything else or a number above the limit (at most 999)
     */
    static int decimal(final CharSequence text, final int start, final int end, final int max) {
        final int length = end - start;
        if (length < 1 || length > 3 || (length > 1 && text.charAt(start) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            final char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= max ? value : -1;
    }
}
