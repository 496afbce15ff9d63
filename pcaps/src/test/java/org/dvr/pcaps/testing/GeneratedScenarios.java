package org.dvr.pcaps.testing;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.codec.testing.TestFrames;

/**
 * The inputs of all scenarios whose frames are made here rather than recorded. {@link #main} writes them again; a test compares them
 * with what lies in the folders.
 */
public final class GeneratedScenarios {
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String A2 = "fa:16:3e:0a:00:12";

    private GeneratedScenarios() {}

    /** {@return the inputs of each scenario by its name, which is its path below {@code pcaps/scenarios}} */
    public static Map<String, ScenarioInputs> all() {
        final Map<String, ScenarioInputs> all = new TreeMap<>();
        all.put(
                "same-subnet/unicast-leaves-in-vxlan",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, A2, "10.0.1.11", "10.0.1.12", 1))
                        .at("tapport-a1", 1_000_000, echo(A1, A2, "10.0.1.11", "10.0.1.12", 2)));
        all.put(
                "same-subnet/unicast-arrives-in-vxlan",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                TestFrames.vxlan(
                                        "02:00:00:00:00:02",
                                        "02:00:00:00:00:01",
                                        "172.16.0.2",
                                        "172.16.0.1",
                                        101,
                                        echo(A2, A1, "10.0.1.12", "10.0.1.11", 1))));
        DropScenarios.addTo(all);
        FloatingIpScenarios.addTo(all);
        IcmpScenarios.addTo(all);
        EastWestScenarios.addTo(all);
        NetworkHostScenarios.addTo(all);
        ErrorTranslationScenarios.addTo(all);
        CloudScenarios.addTo(all);
        FragmentScenarios.addTo(all);
        PortForwardingScenarios.addTo(all);
        LimitScenarios.addTo(all);
        WalkScenarios.addTo(all);
        PathScenarios.addTo(all);
        MetadataScenarios.addTo(all);
        return all;
    }

    private static byte[] echo(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .id(n)
                .icmpEcho(7, n)
                .payload(56)
                .build();
    }

    /**
     * Writes the inputs of every scenario.
     *
     * @param args the folder {@code pcaps/scenarios}
     */
    public static void main(final String[] args) {
        final Path root = Path.of(args.length == 0 ? "pcaps/scenarios" : args[0]);
        all().forEach((name, inputs) -> inputs.write(root.resolve(name)));
    }
}
