package assay.elasticsearch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Elasticsearch's classes are seen by the main class of its process alone. */
class WallsTest {
    private static final JavaClasses MODULE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.elasticsearch");

    @Test
    void elasticsearchStaysInItsRoom() {
        noClasses()
                .that()
                .resideInAPackage("assay.elasticsearch")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.elasticsearch..", "assay.elasticsearch.server..")
                .check(MODULE);
    }

    @Test
    void theServersRoomHasNothingElseOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("assay.elasticsearch.server")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("assay.elasticsearch", "org.apache..")
                .check(MODULE);
    }
}
