package org.dvr.app.run;

import java.nio.file.Path;
import java.util.List;
import org.dvr.control.model.HostSettings;

/**
 * What {@code dvr run} was asked to do.
 *
 * @param topology  topology documents, merged by key
 * @param settings  what the ini files of the host's agents say, null = nothing
 * @param host      whose view is forwarded
 * @param io        how wire devices are opened
 * @param options   choices
 * @param runFolder folder of this run: pid, admin socket, counters, state
 * @param stateFile connections across restarts
 */
public record RunConfig(
        List<Path> topology,
        HostSettings settings,
        String host,
        IoKind io,
        RunOptions options,
        Path runFolder,
        Path stateFile) {}
