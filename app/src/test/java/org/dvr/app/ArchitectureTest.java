package org.dvr.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who may know whom. It lives here because this module sees every module that ships; of the benchmarks' module only the
 * report ships. A module that
 * has no classes yet is no failure of the layers, but {@link #shouldSeeEveryModule} tells when an import went wrong.
 */
@AnalyzeClasses(
        packages = "org.dvr",
        importOptions = {
            ImportOption.DoNotIncludeTests.class,
            ArchitectureTest.NoTestJars.class,
            ArchitectureTest.NoBenchmarks.class
        })
final class ArchitectureTest {
    /** Packages on the way of a packet. */
    private static final String[] HOT = {
        "org.dvr.codec..",
        "org.dvr.nat..",
        "org.dvr.dataplane.flow..",
        "org.dvr.dataplane.frame..",
        "org.dvr.dataplane.parse..",
        "org.dvr.dataplane.stage..",
        "org.dvr.dataplane.table..",
        "org.dvr.dataplane.topology..",
        "org.dvr.dataplane.watch..",
        "org.dvr.dataplane.write..",
        "org.dvr.dataplane.pipeline.."
    };

    /** Cold corners of hot packages: what prints a frame, and the text forms of addresses. */
    private static final String[] COLD = {"org.dvr.codec.print..", "org.dvr.codec.net.."};

    /** The one class of a hot package that runs on the supervisor, with what it encloses. */
    private static final String COLD_CLASS = "org\\.dvr\\.dataplane\\.topology\\.SnapshotBuilder(\\$.*)?";

    @ArchTest
    static final ArchRule shouldPointModulesInward = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("org.dvr..")
            .withOptionalLayers(true)
            .layer("codec")
            .definedBy("org.dvr.codec..")
            .layer("nat")
            .definedBy("org.dvr.nat..")
            .layer("dataplane")
            .definedBy("org.dvr.dataplane..")
            .layer("control")
            .definedBy("org.dvr.control..")
            .layer("pcaps")
            .definedBy("org.dvr.pcaps..")
            .layer("report")
            .definedBy("org.dvr.bench.report..")
            .layer("app")
            .definedBy("org.dvr.app..")
            .whereLayer("report")
            .mayNotAccessAnyLayer()
            .whereLayer("codec")
            .mayNotAccessAnyLayer()
            .whereLayer("nat")
            .mayOnlyAccessLayers("codec")
            .whereLayer("dataplane")
            .mayOnlyAccessLayers("nat", "codec")
            .whereLayer("control")
            .mayOnlyAccessLayers("dataplane", "codec")
            .whereLayer("pcaps")
            .mayOnlyAccessLayers("control", "dataplane", "nat", "codec")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .ensureAllClassesAreContainedInArchitecture();

    @ArchTest
    static final ArchRule shouldHaveNoPackageCycles =
            slices().matching("org.dvr.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule shouldReportWithoutTheBenchmarksHarness = noClasses()
            .that()
            .resideInAPackage("org.dvr.bench.report..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.openjdk.jmh..")
            .because("the program ships it without JMH");

    @ArchTest
    static final ArchRule shouldKeepControlToSnapshotTypes = noClasses()
            .that()
            .resideInAPackage("org.dvr.control..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.dvr.dataplane..")
                    .and(not(resideInAnyPackage("org.dvr.dataplane.topology..", "org.dvr.dataplane.table.."))))
            .allowEmptyShould(true)
            .because("it says what should be and knows no stage, frame or port");

    @ArchTest
    static final ArchRule shouldKeepNativeCallsInOneRoom = noClasses()
            .that()
            .resideOutsideOfPackage("org.dvr.dataplane.io.sys..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..");

    @ArchTest
    static final ArchRule shouldKeepTheHotPathPlain = noClasses()
            .that()
            .resideInAnyPackage(HOT)
            .and()
            .resideOutsideOfPackages(COLD)
            .and()
            .haveNameNotMatching(COLD_CLASS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.util.stream..", "java.util.regex..", "java.time..", "org.slf4j..");

    @ArchTest
    static final ArchRule shouldReadNoClockBelowAWorker = noClasses()
            .that()
            .resideInAnyPackage(HOT)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .because("time is an argument, so that a replay is exact");

    @ArchTest
    static final ArchRule shouldKeepLibrariesOfTheEdgeOut = noClasses()
            .that()
            .resideInAnyPackage("org.dvr.codec..", "org.dvr.nat..", "org.dvr.dataplane..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.fasterxml..", "org.yaml..", "picocli..", "net.openhft..", "ch.qos.logback..");

    @ArchTest
    static void shouldSeeEveryModule(final JavaClasses classes) {
        for (final String module : List.of("codec", "nat", "dataplane", "control", "pcaps", "app")) {
            final boolean hasSources = Files.isDirectory(Path.of("..", module, "src/main/java"));
            assertEquals(hasSources, classes.containPackage("org.dvr." + module), module);
        }
    }

    @ArchTest
    static void shouldSayWhatEachPackageIsFor(final JavaClasses classes) throws IOException {
        final List<Path> roots = sourceRoots();
        final Set<String> silent = new TreeSet<>();
        for (final JavaClass each : classes) {
            final String file = each.getPackageName().replace('.', '/') + "/package-info.java";
            if (roots.stream().noneMatch(root -> Files.isRegularFile(root.resolve(file)))) {
                silent.add(each.getPackageName());
            }
        }
        assertFalse(roots.isEmpty(), "no sources beside " + Path.of("").toAbsolutePath());
        assertEquals(Set.of(), silent, "packages without a package-info");
    }

    private static List<Path> sourceRoots() throws IOException {
        final List<Path> roots = new ArrayList<>();
        try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), Files::isDirectory)) {
            for (final Path module : modules) {
                final Path root = module.resolve("src/main/java");
                if (Files.isDirectory(root)) {
                    roots.add(root);
                }
            }
        }
        return roots;
    }

    /** Leaves out the benchmarks, which the program never loads. */
    static final class NoBenchmarks implements ImportOption {
        @Override
        public boolean includes(final Location location) {
            return !location.contains("/org/dvr/bench/") || location.contains("/org/dvr/bench/report/");
        }
    }

    /** Leaves out test code of other modules, which comes as a jar. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(final Location location) {
            return !location.contains("-tests.jar");
        }
    }
}
