package assay.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may import whom, for this module. */
class WallsTest {
    private static final JavaClasses LAUNCHER =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.standalone");

    @Test
    void programsAreStartedAsProcessesAndNeverCalled() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("assay.web..", "assay.scheduler..", "assay.agent..")
                .check(LAUNCHER);
    }

    @Test
    void theLauncherIsPlainJava() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.grpc..", "com.vaadin..")
                .check(LAUNCHER);
    }

    @Test
    void ofTheEngineOnlyTheInspectionOfModelsIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.engine.kernel..",
                        "assay.engine.layer..",
                        "assay.engine.stage..",
                        "assay.engine.cache..",
                        "assay.engine.batch..",
                        "assay.engine.sample..",
                        "assay.engine.tokenizer..")
                .check(LAUNCHER);
    }
}
