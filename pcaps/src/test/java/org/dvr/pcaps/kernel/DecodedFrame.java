package org.dvr.pcaps.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * One frame of a capture as tshark reads it. Layers follow each other outside in, separated by commas, where a field occurs in several: the
 * tunnel's header, the packet's, what an ICMP error quotes.
 */
final class DecodedFrame {
    /** What is compared. Checksums are judged good or bad, not compared; payloads are compared whole. */
    enum Field {
        PROTOCOLS("frame.protocols"),
        ETHERNET_SOURCE("eth.src"),
        ETHERNET_DESTINATION("eth.dst"),
        ETHERNET_TYPE("eth.type"),
        VLAN("vlan.id"),
        VXLAN_FLAGS("vxlan.flags"),
        VNI("vxlan.vni"),
        GRE_FLAGS("gre.flags_and_version"),
        GRE_KEY("gre.key"),
        ARP_OPERATION("arp.opcode"),
        ARP_SENDER_MAC("arp.src.hw_mac"),
        ARP_SENDER("arp.src.proto_ipv4"),
        ARP_TARGET_MAC("arp.dst.hw_mac"),
        ARP_TARGET("arp.dst.proto_ipv4"),
        IP_SOURCE("ip.src"),
        IP_DESTINATION("ip.dst"),
        IP_TOS("ip.dsfield"),
        IP_LENGTH("ip.len"),
        IP_ID("ip.id"),
        IP_FLAGS("ip.flags"),
        IP_FRAGMENT_OFFSET("ip.frag_offset"),
        TTL("ip.ttl"),
        PROTOCOL("ip.proto"),
        IP_CHECKSUM("ip.checksum.status"),
        IPV6_SOURCE("ipv6.src"),
        IPV6_DESTINATION("ipv6.dst"),
        HOP_LIMIT("ipv6.hlim"),
        UDP_SOURCE("udp.srcport"),
        UDP_DESTINATION("udp.dstport"),
        UDP_LENGTH("udp.length"),
        UDP_CHECKSUM("udp.checksum.status"),
        TCP_SOURCE("tcp.srcport"),
        TCP_DESTINATION("tcp.dstport"),
        TCP_SEQUENCE("tcp.seq_raw"),
        TCP_ACKNOWLEDGMENT("tcp.ack_raw"),
        TCP_FLAGS("tcp.flags"),
        TCP_WINDOW("tcp.window_size_value"),
        TCP_OPTIONS("tcp.options"),
        TCP_CHECKSUM("tcp.checksum.status"),
        ICMP_TYPE("icmp.type"),
        ICMP_CODE("icmp.code"),
        ICMP_ID("icmp.ident"),
        ICMP_SEQUENCE("icmp.seq"),
        ICMP_MTU("icmp.mtu"),
        ICMP_CHECKSUM("icmp.checksum.status"),
        TCP_PAYLOAD("tcp.payload"),
        UDP_PAYLOAD("udp.payload"),
        // Of ICMP and of fragments; within UDP and TCP it depends on what tshark takes a port for.
        DATA("data.data");

        private final String tsharkName;

        Field(final String tsharkName) {
            this.tsharkName = tsharkName;
        }

        String tsharkName() {
            return tsharkName;
        }
    }

    private static final Field[] FIELDS = Field.values();
    private static final String CHECKSUM_BAD = "0";

    private final long number;
    private final Map<Field, String> values = new EnumMap<>(Field.class);

    /**
     * A frame of a capture.
     *
     * @param number of the frame, 1 for the first
     * @param line   the columns of all fields, separated by tabs
     */
    DecodedFrame(final long number, final String line) {
        this.number = number;
        final String[] columns = line.split("\t", -1);
        if (columns.length != FIELDS.length) {
            throw new IllegalStateException("tshark wrote " + columns.length + " columns, not " + FIELDS.length);
        }
        for (int i = 0; i < columns.length; i++) {
            if (!columns[i].isEmpty()) {
                values.put(FIELDS[i], columns[i]);
            }
        }
        normalize();
    }

    /**
     * Decodes a capture.
     *
     * @param capture which; a file that is not there holds no frames
     * @return its frames in order
     */
    static List<DecodedFrame> decode(final Path capture) throws IOException, InterruptedException {
        final List<DecodedFrame> frames = new ArrayList<>();
        if (!Files.exists(capture)) {
            return frames;
        }
        final List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        // Fragments as they are on the wire; a checksum that is not looked at would be neither good nor bad.
        for (final String preference : List.of(
                "ip.defragment:FALSE",
                "tcp.desegment_tcp_streams:FALSE",
                "ip.check_checksum:TRUE",
                "udp.check_checksum:TRUE",
                "tcp.check_checksum:TRUE")) {
            command.addAll(List.of("-o", preference));
        }
        command.addAll(List.of("-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"));
        for (final Field field : FIELDS) {
            command.addAll(List.of("-e", field.tsharkName));
        }
        for (final String line : Programs.output(command).lines().toList()) {
            frames.add(new DecodedFrame(frames.size() + 1, line));
        }
        return frames;
    }

    /** Takes away what contract.md §3 masks in outer headers, what no packet has (tshark's guesses), and payloads told twice. */
    private void normalize() {
        // The dissectors behind a port are guessed from its number: eth:ethertype:ip:udp:dns is eth:ethertype:ip:udp.
        values.computeIfPresent(
                Field.PROTOCOLS, (field, text) -> text.replaceFirst(":(udp|tcp):(?!vxlan)(?!.*:eth:).*$", ":$1"));
        if (has(Field.UDP_PAYLOAD) && has(Field.VNI)) {
            dropFirst(Field.UDP_PAYLOAD);
        }
        if (has(Field.TCP_PAYLOAD) || has(Field.UDP_PAYLOAD)) {
            values.remove(Field.DATA);
        }
        if (isTunneled()) {
            replaceFirst(Field.IP_ID, "any");
            if (has(Field.VNI)) {
                replaceFirst(Field.UDP_SOURCE, "any");
            }
        }
    }

    long number() {
        return number;
    }

    boolean isTunneled() {
        return has(Field.VNI) || has(Field.GRE_KEY);
    }

    boolean has(final Field field) {
        return values.containsKey(field);
    }

    /** {@return the value as tshark writes it, empty where the frame does not have the field} */
    String get(final Field field) {
        return values.getOrDefault(field, "");
    }

    /** {@return true when the outermost occurrence has this value} */
    boolean is(final Field field, final String value) {
        final String all = get(field);
        return all.equals(value) || all.startsWith(value + ",");
    }

    /** Gives the outermost occurrence another value. */
    void replaceFirst(final Field field, final String value) {
        values.computeIfPresent(
                field, (same, all) -> all.contains(",") ? value + all.substring(all.indexOf(',')) : value);
    }

    private void dropFirst(final Field field) {
        values.computeIfPresent(field, (same, all) -> all.contains(",") ? all.substring(all.indexOf(',') + 1) : null);
    }

    /** {@return true when tshark finds none of the checksums wrong} */
    boolean hasValidChecksums() {
        for (final Field field :
                List.of(Field.IP_CHECKSUM, Field.UDP_CHECKSUM, Field.TCP_CHECKSUM, Field.ICMP_CHECKSUM)) {
            if (Arrays.asList(get(field).split(",", -1)).contains(CHECKSUM_BAD)) {
                return false;
            }
        }
        return true;
    }

    /**
     * What the frames of a conversation have in common, in one direction. Fragments but the first know no ports: those of a packet are a
     * flow of their own.
     */
    String flow() {
        final StringJoiner flow = new StringJoiner(" ");
        for (final Field field : List.of(
                Field.ARP_SENDER,
                Field.ARP_TARGET,
                Field.IP_SOURCE,
                Field.IP_DESTINATION,
                Field.IPV6_SOURCE,
                Field.IPV6_DESTINATION,
                Field.PROTOCOL,
                Field.UDP_SOURCE,
                Field.UDP_DESTINATION,
                Field.TCP_SOURCE,
                Field.TCP_DESTINATION)) {
            flow.add(get(field));
        }
        return flow.toString();
    }

    /** {@return the fields in which the other frame differs, as {@code name: ours, kernel's}, empty when it is equal} */
    List<String> differences(final DecodedFrame kernel) {
        final List<String> differences = new ArrayList<>();
        for (final Field field : FIELDS) {
            if (!get(field).equals(kernel.get(field))) {
                differences.add(
                        field.tsharkName + ": ours " + shown(get(field)) + ", kernel's " + shown(kernel.get(field)));
            }
        }
        return differences;
    }

    private static String shown(final String value) {
        return value.isEmpty() ? "absent" : value.length() > 80 ? value.substring(0, 80) + "…" : value;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final DecodedFrame frame && values.equals(frame.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        final StringJoiner text = new StringJoiner(" ", "frame " + number + ": ", "");
        values.forEach((field, value) -> text.add(field.tsharkName + "=" + shown(value)));
        return text.toString();
    }
}
