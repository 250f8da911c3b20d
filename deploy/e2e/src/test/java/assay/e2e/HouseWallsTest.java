package assay.e2e;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.stream.Stream;
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

    /** The agent's own classes; its contracts are named alike. */
    private static final DescribedPredicate<JavaClass> AGENT_CLASSES =
            resideInAPackage("assay.agent..").and(not(resideInAPackage("assay.agent.v1..")));

    /** Read from the modules' folders: no class path holds all programs, and none should. */
    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .importPaths(
                            Stream.of(
                                            "db",
                                            "gpu-node-agent/api",
                                            "gpu-node-agent/engine",
                                            "gpu-node-agent/agent",
                                            "platform-scheduler/api",
                                            "platform-scheduler/core",
                                            "platform-scheduler/server",
                                            "platform-web/api",
                                            "platform-web/audit",
                                            "platform-web/server",
                                            "deploy/elasticsearch",
                                            "deploy/standalone")
                                    .map(module ->
                                            RunningStack.repository()
                                                    .resolve(module)
                                                    .resolve("target/classes"))
                                    .toList());

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
    void elasticsearchItselfIsSeenByTheMainClassOfItsProcessAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.elasticsearch.server..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.elasticsearch..")
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
                .resideInAnyPackage("assay.engine..", "assay.web..")
                .orShould()
                .dependOnClassesThat(AGENT_CLASSES)
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
                        "assay.engine..", "assay.scheduler.core..", "assay.scheduler.server..")
                .orShould()
                .dependOnClassesThat(AGENT_CLASSES)
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
