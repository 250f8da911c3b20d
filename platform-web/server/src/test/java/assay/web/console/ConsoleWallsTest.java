package assay.web.console;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ConsoleWallsTest {
    private static final JavaClasses WEB =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.web");

    @Test
    void theConsoleKnowsOnlyTheFacesOfTheCapabilities() {
        noClasses()
                .that()
                .resideInAPackage("assay.web.console..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.web.tenancy..",
                        "assay.web.audit",
                        "assay.web.audit.pipeline..",
                        "assay.web.serving..",
                        "assay.db..",
                        "assay.agent..",
                        "assay.inference..",
                        "assay.check..",
                        "io.grpc..",
                        "java.sql..",
                        "org.springframework.jdbc..")
                .check(WEB);
    }

    @Test
    void noCapabilityKnowsTheConsole() {
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.web.console..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("assay.web.console..")
                .check(WEB);
    }

    @Test
    void partsKnowNothingOfTheProduct() {
        noClasses()
                .that()
                .resideInAPackage("assay.web.console.part..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.web.identity..",
                        "assay.web.insight..",
                        "assay.web.verify..",
                        "assay.scheduler..")
                .check(WEB);
    }
}
