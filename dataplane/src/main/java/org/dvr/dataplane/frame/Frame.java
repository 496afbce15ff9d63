package org.dvr.dataplane.frame;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.nat.memory.NativeMemory;
import org.dvr.nat.memory.Words;

/**
 * A frame in this host: its bytes, its facts and its verdict.
 *
 * <pre>
 *   slot                 offset                          offset + length
 *    |  headroom          |  Ethernet header | ...        |        |
 *    +--------------------+-------------------------------+--------+
 * </pre>
 *
 * The headroom is for tunnel headers put in front. Bytes belong to a {@link FramePool}, whose one buffer all frames share.
 * One owner at a time: the worker that took it from the pool.
 */
public final class Frame {
    /** Bytes kept free in front of a received frame: Ethernet, tag, IPv6, UDP and VXLAN headers fit. */
    public static final int HEADROOM = 128;

    public final Facts facts = new Facts();
    public final Verdict verdict = new Verdict();
    public final Offload offload = new Offload();

    private final long base;
    private final UnsafeBuffer buffer; // by its own type: calls through the interface are guarded, one by one
    private final int slotOffset;
    private final int capacity;

    private int offset;
    private int length;
    private Attachment ingress;
    private FrameTrace trace;

    // Keys of the connection it probably belongs to, computed for the whole burst ahead of the decision.
    long natAddresses;
    long natPorts;
    long natHash;
    FloatingIp likelyFloatingIp;

    /** Link of the queue or free list that owns it. */
    Frame next;

    Frame(final NativeMemory memory, final int slotOffset, final int capacity) {
        base = memory.address(0);
        buffer = memory.buffer();
        this.slotOffset = slotOffset;
        this.capacity = capacity;
    }

    /** @return the buffer that holds its bytes (and those of others: stay between offset and offset + length) */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** @return absolute address of offset 0, by which {@code nat.memory.Words} reads the same bytes: for what runs for every packet */
    public long base() {
        return base;
    }

    /** @return where its bytes begin now */
    public int offset() {
        return offset;
    }

    /** @return how many bytes it has now */
    public int length() {
        return length;
    }

    /** @return where a port or a generator writes a new frame */
    public int start() {
        return slotOffset + HEADROOM;
    }

    /** @return the longest frame it can hold */
    public int capacity() {
        return capacity;
    }

    /** @return the attachment point it came from; for frames made here, the one of the frame that caused them, or null */
    public Attachment ingress() {
        return ingress;
    }

    /** @return true when somebody asked for its story; unlike {@link #trace()} it compiles to nothing but a comparison before the first story is told */
    public boolean isTraced() {
        return trace != null;
    }

    /** Nobody asks any more. */
    void endTrace() {
        trace = null;
    }

    /** @return where its story is written down, null when nobody asked */
    public FrameTrace trace() {
        return trace;
    }

    /**
     * Makes it the frame that a port has just written at {@link #start()}.
     *
     * @param from attachment point it came from, null for frames made here
     * @param receivedLength bytes written, 0 to {@link #capacity()}
     */
    public void received(final Attachment from, final int receivedLength) {
        ingress = from;
        offset = slotOffset + HEADROOM;
        length = receivedLength;
        trace = null;
        likelyFloatingIp = null;
    }

    /**
     * Copies its bytes from elsewhere, to where a port would write them.
     *
     * @param from absolute address
     * @param bytes of which no more than {@link #capacity()} are copied
     */
    void copyFrom(final long from, final int bytes) {
        Words.copy(from, base + start(), Math.min(bytes, capacity));
    }

    /**
     * Nobody verifies a transport checksum that the device has verified, or that the sender has left to the device that sends the frame on.
     *
     * @return true when its transport checksum need not be verified
     */
    public boolean isVouchedFor() {
        return offload.isVerified || offload.hasPartialChecksum();
    }

    /**
     * Asks for its story.
     *
     * @param trace where stages write down what they decide, null = nowhere
     */
    public void trace(final FrameTrace trace) {
        this.trace = trace;
    }

    /**
     * Moves its beginning: forward to strip headers, back into the headroom to put some in front.
     *
     * @param bytes positive = strip, negative = grow
     */
    public void strip(final int bytes) {
        offset += bytes;
        length -= bytes;
    }

    /**
     * Has it begin and end elsewhere: headers were put in the place of others, padding is left behind.
     *
     * @param first offset of its first byte, within its slot
     * @param newLength bytes from there
     */
    public void place(final int first, final int newLength) {
        offset = first;
        length = newLength;
    }

    /**
     * Ends it earlier: what follows the packet is padding.
     *
     * @param shorter new length
     */
    public void truncate(final int shorter) {
        length = shorter;
    }

    /**
     * Marks it dropped.
     *
     * @param reason why
     * @return {@link Next#DONE}
     */
    public Next drop(final DropReason reason) {
        verdict.action = Action.DROP;
        verdict.dropReason = reason;
        return Next.DONE;
    }

    /**
     * Marks it consumed: it was for us.
     *
     * @return {@link Next#DONE}
     */
    public Next consume() {
        verdict.action = Action.CONSUME;
        return Next.DONE;
    }

    /**
     * Drops it and has an ICMP error sent to its sender.
     *
     * @param reason why
     * @param type ICMP type
     * @param code ICMP code
     * @param mtu told in a fragmentation-needed error, else 0
     * @return {@link Next#DONE}
     */
    public Next refuse(final DropReason reason, final int type, final int code, final int mtu) {
        verdict.answer = Answer.ICMP_ERROR;
        verdict.icmpType = type;
        verdict.icmpCode = code;
        verdict.icmpMtu = mtu;
        return drop(reason);
    }

    /**
     * Notes a sentence of its story, if somebody asked for it.
     *
     * @param because what was decided
     */
    public void because(final Because because) {
        if (trace != null) {
            trace.note(because, null, null);
        }
    }

    /**
     * As {@link #because(Because)}, with the table entry that decided.
     *
     * @param because what was decided
     * @param entry first thing the sentence names
     */
    public void because(final Because because, final Object entry) {
        if (trace != null) {
            trace.note(because, entry, null);
        }
    }

    /**
     * As {@link #because(Because)}, with the table entries that decided.
     *
     * @param because what was decided
     * @param entry first thing the sentence names
     * @param other second thing the sentence names
     */
    public void because(final Because because, final Object entry, final Object other) {
        if (trace != null) {
            trace.note(because, entry, other);
        }
    }

    /**
     * Remembers the keys of the connection it probably belongs to.
     *
     * @param addresses tuple key, first half
     * @param ports tuple key, second half
     * @param hash their hash
     */
    public void natKey(final long addresses, final long ports, final long hash) {
        natAddresses = addresses;
        natPorts = ports;
        natHash = hash;
    }

    /**
     * Has the hash of this connection been computed ahead?
     *
     * @param addresses tuple key, first half
     * @param ports tuple key, second half
     * @return true when {@link #natHash()} is theirs
     */
    public boolean hasNatKey(final long addresses, final long ports) {
        return natAddresses == addresses && natPorts == ports;
    }

    /**
     * Remembers the floating IP it is probably for, found ahead of the decision.
     *
     * @param floatingIp null = none
     */
    public void likely(final FloatingIp floatingIp) {
        likelyFloatingIp = floatingIp;
    }

    /** @return the floating IP it is probably for, null where nobody looked */
    public FloatingIp likelyFloatingIp() {
        return likelyFloatingIp;
    }

    /** @return true when a key has been remembered */
    public boolean hasGuess() {
        return natPorts != 0;
    }

    /** @return hash of the remembered key */
    public long natHash() {
        return natHash;
    }
}
