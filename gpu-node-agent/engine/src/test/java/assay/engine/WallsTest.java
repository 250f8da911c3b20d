package assay.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may import whom inside the engine: the table of the style guide, as rules. */
class WallsTest {
    private static final JavaClasses ENGINE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages(MethodHandles.lookup().lookupClass().getPackageName());

    /** The room may use the JDK, the root package's errors, JSpecify, and what is named. */
    private static void room(String room, String... allowed) {
        List<String> packages =
                new ArrayList<>(
                        List.of(
                                "assay.engine",
                                "assay.engine." + room,
                                "java..",
                                "org.jspecify.."));
        packages.addAll(List.of(allowed));
        classes()
                .that()
                .resideInAPackage("assay.engine." + room)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(packages.toArray(new String[0]))
                .check(ENGINE);
    }

    @Test
    void kernelsKnowNothingButTheJdk() {
        room("kernel");
        room(
                "kernel.cpu",
                "assay.engine.kernel",
                "assay.engine.kernel.cpu.x86",
                "jdk.incubator.vector..");
        room("kernel.cpu.x86", "assay.engine.kernel");
        room("kernel.cuda.driver");
        room("kernel.cuda", "assay.engine.kernel", "assay.engine.kernel.cuda.driver");
    }

    @Test
    void nvidiasLibrariesStayInTheirRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..kernel.cuda.driver..", "..kernel.cpu..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .check(ENGINE);
    }

    @Test
    void vectorApiStaysInItsRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..kernel.cpu..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(ENGINE);
    }

    @Test
    void backendsAreFoundByNameNotByClass() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..kernel.cpu..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..kernel.cpu..")
                .check(ENGINE);
    }

    @Test
    void devicesAreFoundByNameNotByClass() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..kernel.cuda..", "..stage.cuda..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..kernel.cuda..", "..stage.cuda..")
                .check(ENGINE);
    }

    @Test
    void filesBecomeSpecsAndTensors() {
        room("model", "assay.engine.kernel", "tools.jackson..");
        room("weights", "assay.engine.kernel", "assay.engine.model", "tools.jackson..");
        room(
                "tokenizer",
                "assay.engine.tokenizer.jinja",
                "ai.djl.huggingface.tokenizers..",
                "tools.jackson..");
        room("tokenizer.jinja");
    }

    @Test
    void theTokenizerLibraryStaysInItsRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..tokenizer..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(ENGINE);
    }

    @Test
    void layersStandOnKernelsAndWeights() {
        room("cache", "assay.engine.kernel");
        room("layer", "assay.engine.kernel", "assay.engine.model", "assay.engine.weights");
        room("sample", "assay.engine.sample.constrain");
        room("sample.constrain", "tools.jackson..");
        room(
                "stage",
                "assay.engine.kernel",
                "assay.engine.model",
                "assay.engine.weights",
                "assay.engine.cache",
                "assay.engine.layer",
                "assay.engine.sample",
                "assay.engine.sample.constrain");
        room(
                "stage.cuda",
                "assay.engine.kernel",
                "assay.engine.kernel.cuda",
                "assay.engine.kernel.cuda.driver",
                "assay.engine.model",
                "assay.engine.weights",
                "assay.engine.cache",
                "assay.engine.layer",
                "assay.engine.sample",
                "assay.engine.stage");
        room(
                "batch",
                "assay.engine.kernel",
                "assay.engine.cache",
                "assay.engine.stage",
                "assay.engine.sample");
        noClasses()
                .that()
                .resideOutsideOfPackage("..command..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("assay.engine.command..")
                .check(ENGINE);
    }

    @Test
    void roomsFormNoCircle() {
        SlicesRuleDefinition.slices()
                .matching("assay.engine.(*)..")
                .should()
                .beFreeOfCycles()
                .check(ENGINE);
    }
}
