package assay.web;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/**
 * Who may import whom. That a capability shows only its face needs no rule here: the rest is
 * package-private, so the compiler keeps it.
 */
class WallsTest {
    private static final JavaClasses WEB =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("assay.web");

    @Test
    void nobodyImportsTheConsole() {
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.web.console..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("assay.web.console..")
                .check(WEB);
    }

    @Test
    void viewsHoldNoLogic() {
        noClasses()
                .that()
                .resideInAPackage("assay.web.console..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.web.peer..",
                        "assay.db..",
                        "org.springframework.jdbc..",
                        "java.sql..",
                        "io.grpc..")
                .check(WEB);
    }

    @Test
    void whatServesEverybodyImportsNoScenario() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "assay.web.identity..",
                        "assay.web.tenancy..",
                        "assay.web.audit..",
                        "assay.web.limits..",
                        "assay.web.peer..",
                        "assay.web.http..",
                        "assay.web.models..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.web.serving..",
                        "assay.web.verify..",
                        "assay.web.jobs..",
                        "assay.web.insight..")
                .check(WEB);
    }

    @Test
    void servingKnowsNothingOfVerification() {
        noClasses()
                .that()
                .resideInAPackage("assay.web.serving..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("assay.web.verify..", "assay.web.jobs..", "assay.web.insight..")
                .check(WEB);
    }

    @Test
    void programsShareContractsNotClasses() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "assay.engine..",
                        "assay.scheduler.core..",
                        "assay.scheduler.server..",
                        "assay.standalone..")
                .check(WEB);
    }

    @Test
    void onlyIdentityTouchesPasswordsAndOnlyPeersOpenChannels() {
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.web.identity..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.security.crypto..")
                .check(WEB);
        noClasses()
                .that()
                .resideOutsideOfPackage("assay.web.peer..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.grpc.netty.NettyChannelBuilder")
                .check(WEB);
    }
}
