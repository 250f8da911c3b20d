package assay.web.verify;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.web.audit.AuditEvent;
import assay.web.audit.AuditLog;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.Unlimited;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** Verifications over a real database, with a fake model and a fake checker. */
final class VerificationRig implements AutoCloseable {
    static final String TRUTH = "forall n : nat, n = n";
    static final String PROOF = "proof:\nintros n. reflexivity.";

    static final VerificationLimits LIMITS =
            new VerificationLimits(
                    2,
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(10),
                    4,
                    3,
                    Duration.ofMillis(1),
                    Duration.ofMinutes(1));

    final TestDatabase database = TestDatabase.start();
    final UUID tenant = newTenant();
    final Caller owner = caller(Caller.Kind.USER, "alice");
    final List<AuditEvent> audited = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger guestsAdmitted = new AtomicInteger();
    final TenantTransactions transactions;
    private final AnnotationConfigApplicationContext context =
            new AnnotationConfigApplicationContext();

    FakeGeneration generation = new FakeGeneration();
    FakeCheckers checkers = new FakeCheckers();
    TheoremVerifications verifications;

    VerificationRig() {
        DataSource web = database.as(DatabaseRoles.WEB);
        context.registerBean(
                PlatformTransactionManager.class, () -> new DataSourceTransactionManager(web));
        context.registerBean(JdbcClient.class, () -> JdbcClient.create(web));
        context.registerBean(DataSource.class, () -> web);
        context.registerBean(DatabaseWatch.class);
        context.registerBean(TenantTransactions.class);
        context.refresh();
        transactions = context.getBean(TenantTransactions.class);
        verifications = newServer(LIMITS);
    }

    /** Forgets the fakes' past; the database keeps its rows, as over a restart. */
    void restart(VerificationLimits limits) {
        generation = new FakeGeneration();
        checkers = new FakeCheckers();
        audited.clear();
        verifications = newServer(limits);
    }

    private TheoremVerifications newServer(VerificationLimits limits) {
        var ticks = new AtomicLong();
        InstantSource clock =
                () -> Instant.parse("2026-03-01T10:00:00Z").plusMillis(7 * ticks.getAndIncrement());
        return new TheoremVerifications(
                new TheoremWorkflow(
                        generation,
                        new Unlimited(),
                        checkers,
                        new ReferenceTheoremFormat(),
                        limits),
                new VerificationStore(transactions, Duration.ofMinutes(1)),
                new VerificationAudit(auditLog(), clock),
                (guest, scenario) -> guestsAdmitted.incrementAndGet(),
                new Unlimited(),
                limits,
                clock,
                new Random());
    }

    private AuditLog auditLog() {
        return new AuditLog() {
            @Override
            public void record(AuditEvent event) {
                audited.add(event);
            }

            @Override
            public void record(AuditEvent event, byte @Nullable [] content) {
                audited.add(event);
            }

            @Override
            public long waiting() {
                return 0;
            }

            @Override
            public void record(JdbcClient transaction, AuditEvent event) {
                // As the real one does, in the tenant's own transaction.
                UUID bound = transaction.sql("select assay_tenant()").query(UUID.class).single();
                if (!event.caller().tenantId().equals(bound)) {
                    throw new IllegalStateException("audited in the transaction of another tenant");
                }
                audited.add(event);
            }
        };
    }

    UUID newTenant() {
        UUID id = UUID.randomUUID();
        JdbcClient.create(database.superuser())
                .sql("insert into tenants (id, slug, name) values (:id, :slug, 'T')")
                .param("id", id)
                .param("slug", "t-" + id)
                .update();
        return id;
    }

    Caller caller(Caller.Kind kind, String id) {
        return new Caller(
                tenant,
                kind,
                id,
                "Name of " + id,
                "developer",
                EnumSet.of(Permission.VERIFICATION_RUN),
                "192.0.2.7",
                "test");
    }

    Caller with(Caller caller, UUID otherTenant, Set<Permission> permissions) {
        return new Caller(
                otherTenant,
                caller.kind(),
                caller.id(),
                caller.name(),
                caller.role(),
                permissions,
                caller.sourceIp(),
                caller.userAgent());
    }

    TheoremCommand command(String statement, int samples) {
        return new TheoremCommand(owner, "request-1", "coq", statement, "", samples, null);
    }

    /** Starts and waits for the end. */
    Verification run(TheoremCommand command) {
        UUID id = verifications.start(command);
        return verifications.await(command.caller(), id, Duration.ofSeconds(30));
    }

    /** As the database has it. */
    Verification stored(UUID id) {
        return new VerificationStore(transactions, Duration.ofMinutes(1))
                .find(tenant, id)
                .orElseThrow()
                .verification();
    }

    @Override
    public void close() {
        verifications.close();
        context.close();
        database.close();
    }
}
