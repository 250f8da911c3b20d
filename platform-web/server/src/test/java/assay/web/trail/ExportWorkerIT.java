package assay.web.trail;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.audit.search.AuditSearch;
import assay.web.RunningGateway;
import assay.web.tenancy.TenantTransactions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports of a gateway that dies, beside one that lives: it takes none of theirs. */
class ExportWorkerIT {
    private static final int RECORDS = 3_500;

    private final RunningGateway gateway = RunningGateway.shared();
    private final UUID tenant = UUID.randomUUID();
    private final UUID export = UUID.randomUUID();
    @TempDir Path folder;

    /** Fails after some pages, as a process does that is killed between two of them. */
    private static final class Dying implements AuditSearch {
        private final AuditSearch real;
        private int pages;

        Dying(AuditSearch real, int pages) {
            this.real = real;
            this.pages = pages;
        }

        @Override
        public AuditPage page(AuditQuery query, @Nullable AuditCursor after, int limit) {
            if (pages-- == 0) {
                throw new IllegalStateException("killed");
            }
            return real.page(query, after, limit);
        }

        @Override
        public AuditHistogram histogram(AuditQuery query) {
            return real.histogram(query);
        }

        @Override
        public List<String> actions(AuditScope scope, String prefix, int limit) {
            return List.of();
        }

        @Override
        public Optional<assay.audit.search.AuditFound> find(AuditScope scope, UUID id) {
            return Optional.empty();
        }
    }

    @BeforeEach
    void anExportThatAGatewayHasTaken() {
        gateway.one("select audit_make_day(current_date - 1)");
        gateway.one(
                "insert into tenants (id, slug, name) values (?, 't-' || ?::text, 'T') returning 1",
                tenant,
                tenant.toString());
        gateway.one(
                """
                with made as (
                    insert into audit_events (id, at, tenant_id, actor, action, object, request, outcome,
                        duration_nanos, correlation, details)
                    select gen_random_uuid(), now() - n * interval '1 second', ?::uuid, '{}', 'a', '{}', '{}',
                        '{"result":"success"}', 5, '{}', '{}'
                    from generate_series(1, ?) n
                    returning 1)
                select count(*) from made
                """,
                tenant,
                RECORDS);
    }

    /** Taken by a gateway: the running one does not look at it while the lease holds. */
    private void taken(String by, Duration lease) {
        gateway.one(
                """
                insert into trail_exports (id, tenant_id, owner, owner_name, format, scope, query, until,
                    state, gateway, lease_until, expires_at)
                values (?, ?, 'me', 'me', 'ndjson', ?, 'range=24h', now(), 'running', ?,
                    now() + make_interval(secs => ?), now() + interval '1 day') returning 1
                """,
                export,
                tenant,
                tenant.toString(),
                by,
                (double) lease.toSeconds());
    }

    private ExportWorker worker(Path its, AuditSearch search, InstantSource clock) {
        return new ExportWorker(
                gateway.bean(TenantTransactions.class), search, new ExportFolder(its), clock);
    }

    private AuditSearch search() {
        return gateway.bean(AuditSearch.class);
    }

    private @Nullable String state() {
        return gateway.one("select state from trail_exports where id = ?", export);
    }

    private static void killed(ExportWorker worker) {
        try {
            worker.runOnce();
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("killed");
        }
    }

    @Test
    void afterARestartItGoesOnWhereTheFileIsGood() throws IOException {
        var its = new ExportFolder(folder);
        taken(its.gateway(), Duration.ofHours(1));
        killed(worker(folder, new Dying(search(), 2), InstantSource.system()));
        assertThat(gateway.one("select records from trail_exports where id = ?", export))
                .isEqualTo("2000");
        Path file = its.file(export);
        Files.writeString(file, Files.readString(file) + "{\"half a li"); // what was not told yet

        worker(folder, search(), InstantSource.system()).runOnce();
        assertThat(state()).isEqualTo("done");
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(RECORDS);
        assertThat(new HashSet<>(lines)).hasSize(RECORDS);
    }

    @Test
    void anotherGatewayBeginsAnewWhenTheLeaseIsOver() throws IOException {
        var first = new ExportFolder(folder.resolve("first"));
        taken(first.gateway(), Duration.ofHours(1));
        killed(worker(folder.resolve("first"), new Dying(search(), 1), InstantSource.system()));

        Path second = folder.resolve("second");
        InstantSource later = () -> Instant.now().plus(Duration.ofHours(2));
        worker(second, search(), InstantSource.system()).runOnce();
        assertThat(Files.exists(new ExportFolder(second).file(export))).as("too early").isFalse();
        worker(second, search(), later).runOnce();
        assertThat(state()).isEqualTo("done");
        assertThat(Files.readAllLines(new ExportFolder(second).file(export))).hasSize(RECORDS);
    }

    @Test
    void whatIsCancelledLeavesNoFile() {
        var its = new ExportFolder(folder);
        taken(its.gateway(), Duration.ofHours(1));
        var cancelling =
                new AuditSearch() {
                    @Override
                    public AuditPage page(
                            AuditQuery query, @Nullable AuditCursor after, int limit) {
                        gateway.one(
                                "update trail_exports set state = 'cancelled' where id = ? returning 1",
                                export);
                        return search().page(query, after, limit);
                    }

                    @Override
                    public AuditHistogram histogram(AuditQuery query) {
                        return search().histogram(query);
                    }

                    @Override
                    public List<String> actions(AuditScope scope, String prefix, int limit) {
                        return List.of();
                    }

                    @Override
                    public Optional<assay.audit.search.AuditFound> find(AuditScope scope, UUID id) {
                        return Optional.empty();
                    }
                };
        worker(folder, cancelling, InstantSource.system()).runOnce();
        assertThat(state()).isEqualTo("cancelled");
        assertThat(Files.exists(its.file(export))).isFalse();
    }

    @Test
    void aFileGoesADayAfterItWasDone() throws IOException {
        var its = new ExportFolder(folder);
        taken(its.gateway(), Duration.ofHours(1));
        worker(folder, search(), InstantSource.system()).runOnce();
        worker(folder, search(), () -> Instant.now().plus(Duration.ofHours(23))).sweep();
        assertThat(Files.exists(its.file(export))).isTrue();
        worker(folder, search(), () -> Instant.now().plus(Duration.ofHours(25))).sweep();
        assertThat(Files.exists(its.file(export))).isFalse();
        assertThat(state()).isNull();
    }
}
