package org.dvr.app.command;

import java.util.List;
import java.util.Locale;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/** The attribute of dvr.md §13: whether routers may be distributed here, and who decides that. */
enum RouterDistributed {
    /** The checks decide. */
    AUTO,
    /** The operator vouches for the settings of the plugins; all other checks decide. */
    TRUE,
    /** Never. */
    FALSE;

    /** Name of the option. */
    static final String OPTION = "router_distributed";

    /** {@return the value of that name, null where there is none} */
    static RouterDistributed of(final String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> AUTO;
            case "true", "on" -> TRUE;
            case "false", "off" -> FALSE;
            default -> null;
        };
    }

    /**
     * What all checks come to.
     *
     * @param checks all others
     * @param cloud  the topology
     * @return the last line
     */
    PreflightCheck verdict(final List<PreflightCheck> checks, final Topology cloud) {
        final String value = name().toLowerCase(Locale.ROOT) + ": ";
        if (this == FALSE) {
            final List<String> routers = cloud.routers().values().stream()
                    .filter(VirtualRouter::isDistributed)
                    .map(VirtualRouter::title)
                    .toList();
            return new PreflightCheck(
                    routers.isEmpty() ? PreflightCheck.Level.OK : PreflightCheck.Level.FAIL,
                    OPTION,
                    value
                            + (routers.isEmpty()
                                    ? "no router may be distributed, and none is"
                                    : "no router may be distributed, but these are: " + String.join(", ", routers)));
        }
        final List<PreflightCheck> failed =
                checks.stream().filter(check -> !check.isPassed()).toList();
        final long skipped = checks.stream()
                .filter(check -> check.level() == PreflightCheck.Level.SKIP)
                .count();
        if (failed.isEmpty()) {
            return new PreflightCheck(
                    PreflightCheck.Level.OK,
                    OPTION,
                    value + "routers may be distributed, "
                            + (skipped == 0 ? "every check passes" : "every check passes that could be made"));
        }
        final PreflightCheck first = failed.getFirst();
        return new PreflightCheck(
                PreflightCheck.Level.FAIL,
                OPTION,
                value + "routers cannot be distributed yet: " + first.subject() + ": " + first.sentence()
                        + (failed.size() == 1 ? "" : "; and " + (failed.size() - 1) + " more"));
    }
}
