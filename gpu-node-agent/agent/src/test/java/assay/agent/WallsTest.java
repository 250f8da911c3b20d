package assay.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

/**
 * Who may import whom in the agent. The table of the contributor guide and this test change
 * together.
 */
class WallsTest {
    private static final JavaClasses AGENT =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.agent");

    @Test
    void theAgentKnowsTheEngineAndContractsAlone() {
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
                        "assay.standalone..",
                        "org.springframework..")
                .check(AGENT);
    }

    @Test
    void roomsDoNotDependOnEachOtherInCircles() {
        slices().matching("assay.agent.(*)..").should().beFreeOfCycles().check(AGENT);
    }

    @Test
    void nobodyButTheWiringSeesTheWiring() {
        classes()
                .that()
                .resideInAPackage("assay.agent")
                .should()
                .onlyHaveDependentClassesThat()
                .resideInAPackage("assay.agent")
                .check(AGENT);
    }

    @Test
    void theEngineIsSeenByTheRoomsThatRunIt() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "assay.agent.config..",
                        "assay.agent.identity..",
                        "assay.agent.devices..",
                        "assay.agent.session..",
                        "assay.agent.files..",
                        "assay.agent.metrics..",
                        "assay.agent.check..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("assay.engine..")
                .check(AGENT);
    }

    @Test
    void onlyTheManagementLibrarysRoomCallsC() {
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.agent.devices.nvml")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Linker.class, SymbolLookup.class)
                .check(AGENT);
    }

    /** So that the doctor can run it from source where nothing is built. */
    @Test
    void theManagementLibrarysRoomStandsOnTheJdkAlone() {
        classes()
                .that()
                .resideInAPackage("assay.agent.devices.nvml")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "assay.agent.devices.nvml", "java..", "org.jspecify.annotations")
                .check(AGENT);
    }

    @Test
    void checkersKnowNothingOfStages() {
        noClasses()
                .that()
                .resideInAPackage("assay.agent.check..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.agent.stages..",
                        "assay.agent.head..",
                        "assay.agent.host..",
                        "assay.agent.link..",
                        "assay.agent.session..")
                .allowEmptyShould(true)
                .check(AGENT);
    }
}
