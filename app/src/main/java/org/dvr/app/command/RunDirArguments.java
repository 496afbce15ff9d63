package org.dvr.app.command;

import java.nio.file.Path;
import org.dvr.app.observe.RunDir;
import picocli.CommandLine.Option;

/** The option that says where running forwarders have their sockets. */
final class RunDirArguments {
    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "Folder of a running forwarder, as dvr run was told, or of several. Default: /run/dvr.")
    private Path runDir = RunDir.BASE;

    /**
     * Finds the forwarder that is meant.
     *
     * @param host its name, null = the only one
     * @return its folder
     */
    RunDir find(final String host) {
        return RunDir.find(runDir, host);
    }
}
