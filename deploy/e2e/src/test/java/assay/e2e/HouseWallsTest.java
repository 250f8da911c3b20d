package assay.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * The walls between the programs: they share contracts, never classes. Each module tests the walls
 * inside itself.
 */
class HouseWallsTest {
    private static final String[] CONTRACTS = {
        "assay.agent.v1..",
        "assay.inference.v1..",
        "assay.stage.v1..",
        "assay.check.v1..",
        "assay.scheduler.v1..",
        "assay.v1.."
    };
    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("assay");

    @Test
    void theEngineKnowsNothingOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("assay.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.agent..",
                        "assay.scheduler..",
                        "assay.web..",
                        "assay.db..",
                        "assay.standalone..")
                .check(HOUSE);
    }

    @Test
    void theEngineKnowsNeitherGrpcNorSpring() {
        noClasses()
                .that()
                .resideInAPackage("assay.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "org.springframework..")
                .check(HOUSE);
    }

    @Test
    void theSchedulersCoreIsPureJava() {
        noClasses()
                .that()
                .resideInAPackage("assay.scheduler.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.grpc..",
                        "org.springframework..",
                        "java.sql..",
                        "assay.scheduler.v1..",
                        "assay.agent..",
                        "assay.db..")
                .check(HOUSE);
    }

    @Test
    void theAgentKnowsNoServer() {
        noClasses()
                .that()
                .resideInAPackage("assay.agent..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.scheduler.core..",
                        "assay.scheduler.server..",
                        "assay.web..",
                        "assay.db..",
                        "org.springframework..")
                .check(HOUSE);
    }

    @Test
    void theSchedulerKnowsNeitherAgentNorGateway() {
        noClasses()
                .that()
                .resideInAPackage("assay.scheduler..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.engine..",
                        "assay.web..",
                        "assay.agent.check..",
                        "assay.agent.session..")
                .check(HOUSE);
    }

    @Test
    void theGatewayKnowsNeitherEngineNorScheduler() {
        noClasses()
                .that()
                .resideInAPackage("assay.web..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.engine..",
                        "assay.scheduler.core..",
                        "assay.scheduler.server..",
                        "assay.agent.check..")
                .check(HOUSE);
    }

    @Test
    void contractsKnowOnlyContracts() {
        noClasses()
                .that()
                .resideInAnyPackage(CONTRACTS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.engine..",
                        "assay.scheduler.core..",
                        "assay.scheduler.server..",
                        "assay.web..",
                        "assay.db..")
                .check(HOUSE);
    }

    @Test
    void nobodyImportsTheLauncher() {
        noClasses()
                .that()
                .resideOutsideOfPackages("assay.standalone..", "assay.e2e..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("assay.standalone..")
                .check(HOUSE);
    }
}
