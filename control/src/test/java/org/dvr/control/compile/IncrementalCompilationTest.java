package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.control.Documents;
import org.dvr.control.model.CloudChange;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Resource;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A topology compiled by what has changed says the same as one that is compiled anew. */
class IncrementalCompilationTest {
    private static final int STEPS = 120;

    @TempDir
    Path directory;

    /** One host's view, kept up both ways. */
    private static final class Views {
        private final TopologyCompiler byChanges;
        private final String host;
        private final StableIds ids = new StableIds();
        private TopologySnapshot last;

        private Views(final String host) {
            this.host = host;
            byChanges = new TopologyCompiler(host, new StableIds(), MetadataProxy.DEFAULT);
        }

        private TopologySnapshot check(final Topology topology, final String story) {
            final TopologyCompiler.Result one = byChanges.compile(topology);
            final TopologyCompiler.Result whole =
                    new TopologyCompiler(host, ids, MetadataProxy.DEFAULT).compile(topology);
            assertEquals(List.of(), whole.findings().errors(), story);
            assertEquals(
                    whole.findings().warnings().stream().sorted().toList(),
                    one.findings().warnings().stream().sorted().toList(),
                    story);
            assertEquals(SnapshotPrinter.print(whole.snapshot()), SnapshotPrinter.print(one.snapshot()), story);
            last = one.snapshot();
            return last;
        }
    }

    private Topology start() {
        final TopologyLoader.Result loaded =
                new Documents(directory).add("t.yaml", Documents.cast("more")).load();
        assertEquals(List.of(), loaded.findings().errors());
        return loaded.topology();
    }

    @Test
    void shouldSayTheSameAsACompilationOfEverything() {
        final long firstSeed = 20_260_000;
        int local = 0;
        for (long seed = firstSeed; seed < firstSeed + 6; seed++) {
            final RandomCloud cloud = new RandomCloud(start(), new Random(seed), 200);
            final Map<String, Views> hosts = new HashMap<>();
            cloud.topology().hosts().keySet().forEach(name -> hosts.put(name, new Views(name)));
            hosts.values().forEach(views -> views.check(cloud.topology(), "at the start"));
            final List<String> story = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                final Topology before = cloud.topology();
                story.add(cloud.step());
                local += CloudChange.between(before, cloud.topology()).isLocal() ? 1 : 0;
                final String told = "seed " + seed + ", step " + i + ": " + story.getLast();
                hosts.forEach((name, views) -> views.check(cloud.topology(), name + ", " + told));
            }
        }
        assertTrue(local > 3 * STEPS, "changes that were not compiled as a whole: " + local);
    }

    @Test
    void shouldShareWhatIsElsewhereWhenAFloatingIpMoves() {
        final Topology before = start();
        final TopologyCompiler compiler = new TopologyCompiler("compute1", new StableIds());
        final TopologySnapshot first = compiler.compile(before).snapshot();
        final RandomCloud cloud = new RandomCloud(before, new Random(7), 200);
        CloudChange change;
        do {
            cloud.reset(before);
            cloud.step();
            change = CloudChange.between(before, cloud.topology());
        } while (!isAboutFloatingIps(change.gone()) || !isAboutFloatingIps(change.there()));
        final TopologySnapshot second = compiler.compile(cloud.topology()).snapshot();
        assertTrue(second.version() > first.version());
        assertSame(first.neighbors(), second.neighbors());
    }

    private static boolean isAboutFloatingIps(final List<Resource> resources) {
        return !resources.isEmpty() && resources.stream().allMatch(FloatingIpSpec.class::isInstance);
    }
}
