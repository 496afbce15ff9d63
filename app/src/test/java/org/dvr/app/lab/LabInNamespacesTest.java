package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A lab of hosts made of the kernel's own parts: what a walk demands is what the original does, and what breaks it is seen. Needs root. */
@Tag("namespaces")
class LabInNamespacesTest {
    private final String id = "j" + ProcessHandle.current().pid();
    private final Lab.Plan plan =
            new Lab.Plan(id, "vxlan", "afpacket", List.of(), Set.of("compute1", "compute2", "network1"), Set.of());
    private final List<String> lines = new ArrayList<>();
    private Lab lab;

    @BeforeEach
    void skipUnlessPossible() {
        try {
            Lab.require("dvr lab test", plan);
        } catch (final LabException e) {
            abort("no lab: " + e.getMessage());
        }
    }

    @AfterEach
    void removeWhatIsLeft() {
        if (lab != null) {
            lab.down();
        }
        Lab.down(id, line -> {});
        assertEquals(List.of(), Namespace.list(Lab.PREFIX + id));
        assertFalse(Files.exists(Path.of("/run", Lab.PREFIX + id)));
    }

    @Test
    void shouldWalkThroughHostsOfTheKernelsParts() {
        final int failed = LabTest.run(plan, only("9."), lines::add, line -> {});

        assertEquals(0, failed, () -> String.join("\n", lines));
        assertTrue(lines.size() > 20, () -> String.join("\n", lines));
        assertEquals(List.of(), Namespace.list(Lab.PREFIX + id), "the lab is still there");
    }

    @Test
    void shouldSeeAGatewayMacOutsideItsHost() {
        lab = Lab.up(plan, line -> {});
        lab.host(Cast.COMPUTE1).nft("delete table bridge dvr\n");

        final int failed = LabTest.walk(lab, only("a1 -> b2"), lines::add);

        assertTrue(failed > 0);
        assertTrue(lines.getFirst().contains("outside its host: "), () -> String.join("\n", lines));
    }

    @Test
    void shouldSeeAFloatingIpThatDoesNotAnswer() {
        lab = Lab.up(plan, line -> {});
        lab.namespace("compute1-fip").sysctl("net.ipv4.conf.fg.proxy_arp=0");

        assertEquals(
                1,
                LabTest.walk(lab, only("9.5   outside -> floating IP of a1"), lines::add)
                        + LabTest.walk(lab, only("9.6   a2"), lines::add));
    }

    @Test
    void shouldRefuseASecondLabOfThatName() {
        lab = Lab.up(plan, line -> {});
        lab.leaveRunning();

        final LabException refused = assertThrows(LabException.class, () -> Lab.up(plan, line -> {}));

        assertTrue(refused.getMessage().contains("dvr lab down --name " + id), refused.getMessage());
        assertEquals(1, Lab.down(id, lines::add));
    }

    @Test
    void shouldLeaveALabAloneThatIsBeingTested() {
        lab = Lab.up(plan, line -> {});

        assertEquals(0, Lab.down(id, lines::add));
        assertTrue(lines.getFirst().contains("left alone"), lines.getFirst());
    }

    @Test
    void shouldRemoveWhatAKilledProcessLeft() throws Exception {
        final Process up = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@../config/jvm.options",
                        "-cp",
                        System.getProperty("java.class.path").replace(File.pathSeparator + ".", File.pathSeparator),
                        "org.dvr.app.Main",
                        "lab",
                        "up",
                        "--original",
                        "all",
                        "--name",
                        id)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = up.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            while (line != null && !line.startsWith("compute2 ")) {
                lines.add(line);
                line = output.readLine();
            }
            up.destroyForcibly().waitFor();
        }
        assertFalse(Namespace.list(Lab.PREFIX + id).isEmpty(), () -> String.join("\n", lines));

        assertEquals(1, Lab.down(id, lines::add));
    }

    private static LabTest.Choice only(final String text) {
        return new LabTest.Choice(text, false, null);
    }
}
