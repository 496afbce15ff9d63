package org.dvr.pcaps.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.pcaps.kernel.DecodedFrame.Field;

/**
 * Where the forwarder and Linux differ and are meant to: all of it, each as narrow as can be said. The table in
 * {@code pcaps/recording/README.md} is the same list for people. A difference that no longer occurs has to go from here.
 */
enum KnownDifference {
    /** Both implementations keep a guest's flows apart; only Linux picks new numbers for that here. */
    FLOATING_IP_NUMBERS("limits.md C6") {
        @Override
        int settle(final SentFrames sent) {
            if (!sent.isOf(TO_OUTSIDE, "provider")) {
                return 0;
            }
            return renumber(sent, Field.UDP_SOURCE) + renumber(sent, Field.ICMP_ID);
        }

        /** Gives the kernel's frames our numbers: one of ours for each of the kernel's, and ours as the guest chose them. */
        private int renumber(final SentFrames sent, final Field field) {
            final List<DecodedFrame> ours = fromFloatingIp(sent.ours(), field);
            final List<DecodedFrame> kernel = fromFloatingIp(sent.kernel(), field);
            final Map<String, String> kept = new HashMap<>();
            final Map<String, String> chosen = new HashMap<>();
            int count = 0;
            for (int i = 0; i < Math.min(ours.size(), kernel.size()); i++) {
                final String our = ours.get(i).get(field);
                final String other = kernel.get(i).get(field);
                final boolean isPair = kept.computeIfAbsent(other, any -> our).equals(our)
                        && chosen.computeIfAbsent(our, any -> other).equals(other)
                        && sent.arrived("tapport-a1", frame -> frame.get(field).equals(our)) > 0;
                if (isPair && !our.equals(other)) {
                    kernel.get(i).replaceFirst(field, our);
                    count++;
                }
            }
            return count;
        }

        private List<DecodedFrame> fromFloatingIp(final List<DecodedFrame> frames, final Field field) {
            return frames.stream()
                    .filter(frame ->
                            frame.has(field) && frame.get(Field.IP_SOURCE).equals(FLOATING_IP))
                    .toList();
        }
    },

    /** Linux sends the error from its fip namespace by way of the qrouter, which takes a hop off. */
    FIP_ERROR_TTL("contract.md §6 row 11") {
        @Override
        int settle(final SentFrames sent) {
            int count = 0;
            if (sent.isOf(TO_OUTSIDE, "tapport-a1")) {
                for (final DecodedFrame frame : sent.kernel()) {
                    if (frame.is(Field.ICMP_TYPE, "11")
                            && frame.is(Field.IP_SOURCE, FPR_ADDRESS)
                            && frame.is(Field.TTL, "63")) {
                        frame.replaceFirst(Field.TTL, "64");
                        count++;
                    }
                }
            }
            return count;
        }
    },

    /** Numbers of packets that the router itself makes: each implementation counts or rolls dice as it likes. */
    OWN_IP_ID("contract.md §6 row 12") {
        @Override
        int settle(final SentFrames sent) {
            final List<DecodedFrame> ours = ownIcmp(sent.ours());
            final List<DecodedFrame> kernel = ownIcmp(sent.kernel());
            if (ours.size() != kernel.size()) {
                return 0;
            }
            int count = 0;
            for (int i = 0; i < ours.size(); i++) {
                count += ours.get(i).get(Field.IP_ID).equals(kernel.get(i).get(Field.IP_ID)) ? 0 : 1;
                ours.get(i).replaceFirst(Field.IP_ID, "any");
                kernel.get(i).replaceFirst(Field.IP_ID, "any");
            }
            return count;
        }

        private List<DecodedFrame> ownIcmp(final List<DecodedFrame> frames) {
            return frames.stream()
                    .filter(frame -> frame.has(Field.ICMP_TYPE) && !frame.isTunneled())
                    .filter(frame -> frame.is(Field.IP_SOURCE, GATEWAY) || frame.is(Field.IP_SOURCE, FPR_ADDRESS))
                    .toList();
        }
    },

    /** What a guest says about its own address goes to every tunnel; Linux's neigh_suppress keeps it out of them. */
    OWN_ADDRESS_INTO_TUNNELS("contract.md §6 row 17") {
        @Override
        int settle(final SentFrames sent) {
            if (!sent.isOf(ARP, "underlay")) {
                return 0;
            }
            final int said = sent.arrived("tapport-a1", KnownDifference::isAboutOwnAddress);
            return SentFrames.take(
                    sent.ours(), TUNNELS * said, frame -> frame.isTunneled() && isAboutOwnAddress(frame));
        }
    },

    /** The responder knows the guest whatever the asker's address is; Linux does not answer an asker without address. */
    PROBE_ANSWERED("contract.md §6 row 6") {
        @Override
        int settle(final SentFrames sent) {
            if (!sent.isOf(ARP, "tapport-a1")) {
                return 0;
            }
            final int probes =
                    sent.arrived("tapport-a1", frame -> isRequest(frame, GUEST) && frame.is(Field.ARP_SENDER, NOBODY));
            return SentFrames.take(
                    sent.ours(),
                    probes,
                    frame -> frame.is(Field.ARP_OPERATION, "2")
                            && frame.is(Field.ARP_SENDER, GUEST)
                            && frame.is(Field.ARP_TARGET, NOBODY));
        }
    },

    /** A broadcast request that was answered goes nowhere else; Linux copies it to the guests of the host. */
    ANSWERED_REQUEST_COPIED("contract.md §6 row 5") {
        @Override
        int settle(final SentFrames sent) {
            if (!sent.isOf(ARP, "tapport-a3")) {
                return 0;
            }
            final int answered = sent.arrived("tapport-a1", KnownDifference::isAnsweredBroadcast);
            return SentFrames.take(sent.kernel(), answered, KnownDifference::isAnsweredBroadcast);
        }
    },

    /** Answers to ports that Linux chose: they cannot be in the input, so the forwarder has none to deliver. */
    ANSWERS_FROM_OUTSIDE("limits.md C6") {
        @Override
        int settle(final SentFrames sent) {
            if (!sent.isOf(TO_OUTSIDE, "tapport-a1")) {
                return 0;
            }
            final int left = sent.arrived(
                    "tapport-a1",
                    frame -> frame.has(Field.TTL) && Integer.parseInt(frame.get(Field.TTL)) > HOPS_OF_THE_HOST);
            return SentFrames.take(
                    sent.kernel(),
                    left,
                    frame -> frame.is(Field.IP_SOURCE, UPSTREAM) || frame.is(Field.IP_SOURCE, OUTSIDE));
        }
    };

    // The cloud of pcaps/recording/cloud.bash, and what is recorded of it.
    private static final String TO_OUTSIDE = "floating-ip-to-outside";
    private static final String ARP = "arp-of-all-kinds";
    private static final String FLOATING_IP = "203.0.113.51";
    private static final String FPR_ADDRESS = "169.254.64.1";
    private static final String GATEWAY = "10.0.1.1";
    private static final String GUEST = "10.0.1.12";
    private static final String UPSTREAM = "203.0.113.1";
    private static final String OUTSIDE = "198.51.100.8";
    private static final String NOBODY = "0.0.0.0";
    private static final String LOCAL_GUEST = "10.0.1.11";
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final int TUNNELS = 2;
    private static final int HOPS_OF_THE_HOST = 2;

    private final String section;

    KnownDifference(final String section) {
        this.section = section;
    }

    /**
     * Takes this difference, and nothing else, out of what was sent.
     *
     * @param sent at one attachment point; its lists and frames are changed
     * @return in how many frames it was found
     */
    abstract int settle(SentFrames sent);

    /** {@return where it is decided that ours is as it is} */
    String section() {
        return section;
    }

    private static boolean isAboutOwnAddress(final DecodedFrame frame) {
        return isOfLocalGuest(frame) && frame.is(Field.ARP_TARGET, LOCAL_GUEST);
    }

    private static boolean isRequest(final DecodedFrame frame, final String target) {
        return frame.is(Field.ARP_OPERATION, "1") && frame.is(Field.ARP_TARGET, target);
    }

    private static boolean isAnsweredBroadcast(final DecodedFrame frame) {
        return frame.is(Field.ETHERNET_DESTINATION, BROADCAST)
                && isOfLocalGuest(frame)
                && (isRequest(frame, GATEWAY) || isRequest(frame, GUEST));
    }

    private static boolean isOfLocalGuest(final DecodedFrame frame) {
        return Set.of(NOBODY, LOCAL_GUEST).contains(frame.get(Field.ARP_SENDER));
    }
}
