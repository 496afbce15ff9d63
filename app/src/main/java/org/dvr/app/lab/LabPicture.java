package org.dvr.app.lab;

import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;

/** A lab on paper: who is where, and what to try. */
public final class LabPicture {
    private final Lab lab;

    /**
     * Of a lab.
     *
     * @param lab that is up
     */
    public LabPicture(final Lab lab) {
        this.lab = lab;
    }

    /** {@return some lines of text} */
    public String text() {
        final StringBuilder text = new StringBuilder();
        text.append(
                """

                lab %s, everything in namespaces %s…

                  a1 a3 b1 v     a2 b2                        outside %s
                      |            |                              |
                  compute1     compute2      network1         upstream %s
                    |  |         |  |          |  |               |
                  ==+==|=========+==|==========+==|=====  underlay: %s
                  =====+============+=============+===============+  provider: %s
                """
                        .formatted(
                                lab.plan().id(),
                                lab.prefix(),
                                Cast.OUTSIDE_IP,
                                Cast.UPSTREAM_IP,
                                lab.transport().cidr() + ", " + lab.transport().label() + " 101 (A), 102 (B)",
                                Cast.EXTERNAL_CIDR));
        text.append("\nhosts\n");
        for (final Host host : Cast.HOSTS) {
            text.append("  %-9s tunnels %-11s %-18s %s%n"
                    .formatted(
                            host.name(),
                            lab.transport().address(host),
                            host.isNetworkHost() ? "gateway " + Cast.GATEWAY_IP : "fg " + host.fgIp(),
                            kind(host)));
        }
        text.append("\nguests      (router R: 10.0.1.1 and 10.0.2.1 on every host)\n");
        for (final Guest guest : Cast.GUESTS) {
            text.append("  %-3s on %-9s %-10s %s  %s %s%n"
                    .formatted(
                            guest.name(),
                            guest.host().name(),
                            guest.ip(),
                            guest.mac(),
                            guest.tap(),
                            guest.hasFloating()
                                    ? "floating IP " + guest.floating() + (guest.isCentralised() ? ", on network1" : "")
                                    : "no floating IP"));
        }
        text.append("\nto try\n");
        command(text, Cast.A1.name(), "ping " + Cast.B2.ip(), "another subnet on another host");
        command(text, Cast.A1.name(), "ping " + Cast.OUTSIDE_IP, "outside by floating IP");
        command(text, Cast.A3.name(), "ping " + Cast.OUTSIDE_IP, "outside by network1");
        command(text, Lab.OUTSIDE, "ping " + Cast.A2.floating(), "from outside to a floating IP");
        command(text, "switch", "tcpdump -eni " + Lab.UNDERLAY, "what is in the tunnels");
        command(text, "switch", "tcpdump -eni " + Lab.PROVIDER, "the external network");
        lab.forwarders().keySet().stream()
                .findFirst()
                .ifPresent(host -> text.append("  %-62s # %s%n"
                        .formatted("./dvr show counters --run-dir " + lab.runFolder(host), host.name())));
        if (!lab.forwarders().isEmpty()) {
            text.append("  %-62s # %s%n".formatted("$EDITOR " + lab.file(Lab.TOPOLOGY), "all hosts follow the file"));
        }
        text.append(
                "  %-62s # %s%n".formatted("./dvr lab down --name " + lab.plan().id(), "remove it"));
        return text.toString();
    }

    private String kind(final Host host) {
        final DvrHost forwarder = lab.forwarders().get(host);
        if (lab.plan().ovs().contains(host.name())) {
            return "Open vSwitch, the kernel's routers";
        }
        return forwarder == null
                ? "the kernel's own parts"
                : "dvr run, pid " + forwarder.pid() + ", log " + forwarder.log();
    }

    private void command(final StringBuilder text, final String role, final String command, final String what) {
        text.append("  %-62s # %s%n".formatted("ip netns exec " + lab.prefix() + role + " " + command, what));
    }
}
