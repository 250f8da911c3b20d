package assay.scheduler.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The walls of the scheduler's server. */
class ArchitectureTest {
    private static final JavaClasses SERVER =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("assay.scheduler.server");

    @Test
    void ofOursOnlyCoreTheContractsAndTheDatabaseAreImported() {
        classes()
                .that()
                .resideInAPackage("assay.scheduler.server..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "assay.scheduler.server..",
                        "assay.scheduler.core..",
                        "assay.scheduler.v1..",
                        "assay.agent.v1..",
                        "assay.db..",
                        "java..",
                        "javax..",
                        "com.google..",
                        "io.grpc..",
                        "io.netty..",
                        "io.micrometer..",
                        "org.bouncycastle..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "org.springframework..",
                        "tools.jackson..")
                .check(SERVER);
    }

    @Test
    void certificatesAreMadeInOneRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.pki..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle..")
                .check(SERVER);
    }

    @Test
    void nettyIsKnownToTheOpenPortAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..server.rpc..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.grpc.netty..")
                .check(SERVER);
    }
}
