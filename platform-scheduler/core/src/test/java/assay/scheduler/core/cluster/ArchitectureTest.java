package assay.scheduler.core.cluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The walls of the scheduler's core. */
class ArchitectureTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.scheduler.core");

    @Test
    void theWordsOfTheClusterNeedTheJdkAlone() {
        only("..core.cluster..", "assay.scheduler.core.cluster..");
    }

    @Test
    void placementNeedsTheWordsAlone() {
        only(
                "..core.placement..",
                "assay.scheduler.core.placement..",
                "assay.scheduler.core.cluster..");
    }

    @Test
    void theQueueNeedsTheWordsAlone() {
        only("..core.queue..", "assay.scheduler.core.queue..", "assay.scheduler.core.cluster..");
    }

    @Test
    void reconciliationNeedsPlacementAndTheWords() {
        only("..core.reconcile..", "assay.scheduler.core..");
    }

    @Test
    void nothingHereTouchesTheWorldOrItsClock() {
        for (String room : new String[] {"java.io..", "java.nio..", "java.net..", "java.sql.."}) {
            noClasses().should().dependOnClassesThat().resideInAPackage(room).check(CORE);
        }
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .check(CORE);
    }

    private static void only(String room, String... mayImport) {
        String[] all = new String[mayImport.length + 2];
        System.arraycopy(mayImport, 0, all, 0, mayImport.length);
        all[mayImport.length] = "java..";
        all[mayImport.length + 1] = "org.jspecify..";
        classes()
                .that()
                .resideInAPackage(room)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(all)
                .check(CORE);
    }
}
