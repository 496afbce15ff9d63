package org.dvr.control.source;

import java.nio.file.Path;
import java.util.List;
import org.dvr.control.model.Findings;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.Topology;
import org.dvr.control.model.TopologyRules;

/**
 * Loads topology documents (contract.md §1): reads every file, merges them by key, checks the whole against the rules, and says
 * everything that is wrong at once. Ids in messages are cut to four characters where they are longer than twelve.
 */
public final class TopologyLoader {
    private TopologyLoader() {}

    /**
     * What a load came to.
     *
     * @param topology what the files say; to be used only where there are no errors
     * @param findings errors and warnings
     */
    public record Result(Topology topology, Findings findings) {
        /** @return true when the topology may be used */
        public boolean isUsable() {
            return !findings.hasErrors();
        }
    }

    /**
     * Loads and checks.
     *
     * @param files YAML or JSON, one or more; the order matters only to messages
     * @return the topology with its findings; bad content is a finding, never an exception
     */
    public static Result load(final List<Path> files) {
        return load(files, null);
    }

    /**
     * Loads and checks what the documents and the configuration of one host's agents say together.
     *
     * @param files YAML or JSON, one or more; the order matters only to messages
     * @param settings fills in what the documents leave out about its host, adds the host where they lack it; null for none
     * @return the topology with its findings; bad content is a finding, never an exception
     */
    public static Result load(final List<Path> files, final HostSettings settings) {
        final Findings findings = new Findings();
        final Assembly assembly = new Assembly(findings, settings);
        for (final Path file : files) {
            assembly.startFile(file.toString());
            DocumentReader.read(file, findings, assembly);
            assembly.endFile();
        }
        final Topology topology = assembly.topology();
        new TopologyRules(topology, assembly.damaged(), findings).check();
        return new Result(topology, findings);
    }
}
