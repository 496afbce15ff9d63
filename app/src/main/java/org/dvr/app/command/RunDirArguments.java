package org.dvr.app.command;

import java.nio.file.Path;
import org.dvr.app.observe.RunDir;
import picocli.CommandLine.Option;

/** The option that says where running forwarders have their sockets. */
final class RunDirArguments {
    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description =
                    "Folder of running forwarders, or of one of them. Default: the environment variable DVR_RUN_DIR, else /run/dvr"
                            + " (without root $XDG_RUNTIME_DIR/dvr).")
    private Path runDir;

    /**
     * Finds the forwarder that is meant.
     *
     * @param host its name, null = the only one
     * @return its folder
     */
    RunDir find(final String host) {
        return RunDir.find(RunDir.base(runDir, System.getenv()), host);
    }
}
