package org.dvr.app.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What of a lab is still there after it was removed. */
final class Leftovers {
    private Leftovers() {}

    /**
     * Looks for namespaces, the folder, and processes that were started with it.
     *
     * @param id of the lab
     * @return a sentence each; none when all is gone
     */
    static List<String> of(final String id) {
        final String name = Lab.PREFIX + id;
        final List<String> left = new ArrayList<>();
        Namespace.list(name + "-").forEach(namespace -> left.add("namespace " + namespace));
        final Path folder = Path.of("/run", name);
        if (Files.exists(folder)) {
            left.add("folder " + folder);
        }
        ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> process.info().commandLine().orElse("").contains(folder + "/"))
                .forEach(process -> left.add("process " + process.pid()));
        return left;
    }
}
