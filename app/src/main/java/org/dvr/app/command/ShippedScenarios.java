package org.dvr.app.command;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the scenarios lie that come with the program. */
final class ShippedScenarios {
    /** Set by the launcher: the folder of the checkout. */
    private static final String HOME_PROPERTY = "dvr.home";

    private ShippedScenarios() {}

    /**
     * Finds them.
     *
     * @return {@code pcaps/scenarios} of the checkout
     * @throws UnusableInputException when the program was not started by its launcher
     */
    static Path folder() {
        final String home = System.getProperty(HOME_PROPERTY, "");
        final Path folder = Path.of(home, "pcaps", "scenarios");
        if (home.isEmpty() || !Files.isDirectory(folder)) {
            throw new UnusableInputException(
                    "dvr: the scenarios that ship are not at hand; start ./dvr of a checkout, or give a FOLDER");
        }
        return folder;
    }
}
