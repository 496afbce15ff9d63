package org.dvr.pcaps.netfilter;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Reads an IPv4 packet by the RFCs alone, not by the codec that is under test with the rest. Cut packets (quotes) are read as far as they go.
 */
final class Packet {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    private static final int ETHERNET_LENGTH = 14;

    private final byte[] bytes;
    private final int ip;
    private final int end;
    private final boolean isQuoted;

    private Packet(final byte[] bytes, final int ip, final boolean isQuoted) {
        this.bytes = bytes;
        this.ip = ip;
        this.end = isQuoted ? bytes.length : Math.min(bytes.length, ip + u16(bytes, ip + 2));
        this.isQuoted = isQuoted;
    }

    /** {@return the packet in a frame, null where it is not one of IPv4} */
    static Packet of(final byte[] frame) {
        return u16(frame, 12) == 0x0800 ? new Packet(frame, ETHERNET_LENGTH, false) : null;
    }

    static int u16(final byte[] bytes, final int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }

    private int u8(final int at) {
        return bytes[ip + at] & 0xFF;
    }

    private int u16(final int at) {
        return u16(bytes, ip + at);
    }

    private String address(final int at) {
        return u8(at) + "." + u8(at + 1) + "." + u8(at + 2) + "." + u8(at + 3);
    }

    String source() {
        return address(12);
    }

    String destination() {
        return address(16);
    }

    int protocol() {
        return u8(9);
    }

    int id() {
        return u16(4);
    }

    int ttl() {
        return u8(8);
    }

    int headerLength() {
        return (u8(0) & 0xF) * 4;
    }

    int fragmentOffset() {
        return (u16(6) & 0x1FFF) * 8;
    }

    boolean hasMoreFragments() {
        return (u16(6) & 0x2000) != 0;
    }

    boolean isFragment() {
        return fragmentOffset() > 0 || hasMoreFragments();
    }

    private int l4() {
        return headerLength();
    }

    private int l4Length() {
        return end - ip - headerLength();
    }

    byte[] payload() {
        return Arrays.copyOfRange(bytes, ip + l4(), end);
    }

    private int icmpType() {
        return u8(l4());
    }

    boolean isIcmpError() {
        return protocol() == ICMP && !isFragment() && l4Length() >= 8 && isErrorType(icmpType());
    }

    private static boolean isErrorType(final int type) {
        return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }

    boolean isEcho() {
        return protocol() == ICMP && l4Length() >= 8 && (icmpType() == 8 || icmpType() == 0);
    }

    boolean isEchoRequest() {
        return isEcho() && fragmentOffset() == 0 && icmpType() == 8;
    }

    /** {@return the port, or echo id, of the sender; -1 without one} */
    int sourcePort() {
        if (fragmentOffset() > 0 || l4Length() < 8) {
            return -1;
        }
        return protocol() == TCP || protocol() == UDP ? u16(l4()) : isEcho() ? u16(l4() + 4) : -1;
    }

    /** {@return the port, or echo id, of the addressee; -1 without one} */
    int destinationPort() {
        final boolean hasPorts = protocol() == TCP || protocol() == UDP;
        return hasPorts && fragmentOffset() == 0 && l4Length() >= 8 ? u16(l4() + 2) : sourcePort();
    }

    /** {@return true for a TCP segment with the RST flag} */
    boolean isReset() {
        return (tcpFlags() & 4) != 0;
    }

    /** {@return true for a TCP segment with the SYN flag and neither ACK nor RST nor FIN} */
    boolean isFirstSyn() {
        return (tcpFlags() & 0x17) == 2;
    }

    private int tcpFlags() {
        return protocol() == TCP && fragmentOffset() == 0 && l4Length() >= 20 ? u8(l4() + 13) : 0;
    }

    /**
     * What it says, field by field.
     *
     * @param mapping whose port is not told
     * @param isOwn made by the router itself: its id is its own affair
     * @return the text
     */
    String describe(final Mapping mapping, final boolean isOwn) {
        final StringBuilder text = new StringBuilder(200);
        text.append(source()).append('>').append(destination());
        text.append(u8(0) >>> 4 == 4 ? "" : " version=" + (u8(0) >>> 4));
        text.append(" tos=").append(u8(1)).append(" len=").append(u16(2));
        text.append(" id=").append(isOwn ? "own" : Integer.toString(id()));
        text.append((u16(6) & 0x4000) != 0 ? " df" : "").append((u16(6) & 0x8000) != 0 ? " reserved" : "");
        if (isFragment()) {
            text.append(" fragment=").append(fragmentOffset()).append(hasMoreFragments() ? "+" : "");
        }
        text.append(" ttl=").append(ttl());
        text.append(sum(ip, headerLength(), 0) == 0xFFFF ? "" : " ip-checksum-bad");
        if (headerLength() > 20) {
            text.append(" options=").append(hex(20, headerLength()));
        }
        if (fragmentOffset() > 0) {
            return text.append(" proto=")
                    .append(protocol())
                    .append(" data=")
                    .append(hex(l4(), end - ip))
                    .toString();
        }
        switch (protocol()) {
            case TCP, UDP -> describePorts(text, mapping);
            case ICMP -> describeIcmp(text, mapping);
            default ->
                text.append(" proto=").append(protocol()).append(" data=").append(hex(l4(), end - ip));
        }
        return text.toString();
    }

    private void describePorts(final StringBuilder text, final Mapping mapping) {
        final boolean isTcp = protocol() == TCP;
        text.append(isTcp ? " tcp " : " udp ");
        if (l4Length() < 4) {
            text.append("cut");
            return;
        }
        text.append(mapping.show(source(), u16(l4()))).append('>').append(mapping.show(destination(), u16(l4() + 2)));
        final int checksumAt = isTcp ? 16 : 6;
        final int checksumEnd = checksumAt + 2;
        if (l4Length() < checksumEnd) {
            text.append(" cut=").append(hex(l4() + 4, end - ip));
            return;
        }
        text.append(isTcp ? tcpText() : " length=" + u16(l4() + 4));
        final int checksum = u16(l4() + checksumAt);
        if (!isTcp && checksum == 0) {
            text.append(" checksum=none");
        } else if (isWhole()) {
            final int pseudo = sum(ip + 12, 8, protocol() + l4Length());
            text.append(sum(ip + l4(), l4Length(), pseudo) == 0xFFFF ? " checksum=good" : " checksum=bad");
        }
        if (isTcp || checksum != 0) {
            // What an incremental update leaves as it is, be it right or wrong: checksum, addresses and ports together.
            final int kept = sum(ip + l4() + checksumAt, 2, sum(ip + 12, 8, sum(ip + l4(), 4, 0)));
            text.append(" kept=").append(kept % 0xFFFF);
        }
        text.append(" data=").append(hex(l4() + checksumEnd, end - ip));
    }

    private String tcpText() {
        return " flags=" + u8(l4() + 13) + " numbers=" + hex(l4() + 4, l4() + 13) + " window=" + u16(l4() + 14);
    }

    private void describeIcmp(final StringBuilder text, final Mapping mapping) {
        if (l4Length() < 8) {
            text.append(" icmp cut=").append(hex(l4(), end - ip));
            return;
        }
        text.append(" icmp type=").append(icmpType()).append(" code=").append(u8(l4() + 1));
        if (isWhole()) {
            text.append(sum(ip + l4(), l4Length(), 0) == 0xFFFF ? " checksum=good" : " checksum=bad");
        }
        if (isErrorType(icmpType())) {
            text.append(" rest=").append(hex(l4() + 4, l4() + 8));
            if (l4Length() >= 28) {
                final Packet quoted = new Packet(Arrays.copyOf(bytes, end), ip + l4() + 8, true);
                text.append(" quotes [").append(quoted.describe(mapping, false)).append(']');
            } else {
                text.append(" data=").append(hex(l4() + 8, end - ip));
            }
            return;
        }
        final int id = u16(l4() + 4);
        final boolean isMapped = mapping.isChosen(id)
                && (source().equals(mapping.ip()) || destination().equals(mapping.ip()));
        text.append(" echo=").append(isMapped ? "chosen" : Integer.toString(id));
        text.append(" kept=")
                .append(sum(ip + l4() + 2, 4, 0) % 0xFFFF); // of checksum and id; the sequence says the rest
        text.append(" data=").append(hex(l4() + 6, end - ip));
    }

    /** {@return false for what has been cut or is but a part: its checksum covers what is not here} */
    private boolean isWhole() {
        return !isFragment() && (!isQuoted || ip + u16(2) <= bytes.length);
    }

    private int sum(final int from, final int length, final int begin) {
        int sum = begin;
        for (int i = 0; i < length; i += 2) {
            sum += (bytes[from + i] & 0xFF) << 8 | (i + 1 < length ? bytes[from + i + 1] & 0xFF : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    private String hex(final int from, final int to) {
        final int length = to - from;
        if (length <= 0) {
            return "";
        }
        final byte[] data = Arrays.copyOfRange(bytes, ip + from, ip + to);
        return length <= 12
                ? HexFormat.of().formatHex(data)
                : HexFormat.of().formatHex(data, 0, 4) + "…" + length + "#"
                        + Integer.toHexString(Arrays.hashCode(data));
    }
}
