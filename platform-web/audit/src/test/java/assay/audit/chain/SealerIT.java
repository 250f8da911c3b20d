package assay.audit.chain;

import static assay.audit.chain.ChainFixture.DAY;
import static assay.audit.chain.ChainFixture.ONE;
import static assay.audit.chain.ChainFixture.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SealerIT {
    @RegisterExtension static final ChainFixture fixture = new ChainFixture();

    @Test
    void eachTenantGetsItsSequencesWithoutGapsAndWhatIsShippedWaits() throws SQLException {
        List<AuditRow> rows = new ArrayList<>(fixture.write(ONE, DAY, 25));
        rows.addAll(fixture.write(TWO, DAY, 7));
        rows.addAll(fixture.write(AuditRow.PLATFORM, DAY.plusDays(1), 3));
        Sealer sealer = fixture.sealer(10, true);
        List<Integer> taken = new ArrayList<>();
        for (int n = sealer.sealBatch(); n > 0; n = sealer.sealBatch()) {
            taken.add(n);
        }
        assertThat(taken).containsExactly(10, 10, 10, 5);
        for (UUID tenant : List.of(ONE, TWO, AuditRow.PLATFORM)) {
            assertThat(
                            fixture.superuser
                                    .sql(
                                            "select sequence from audit_chain where tenant_id = ?"
                                                    + " order by 1")
                                    .param(tenant)
                                    .query(Long.class)
                                    .list())
                    .hasSize(tenant.equals(ONE) ? 25 : tenant.equals(TWO) ? 7 : 3)
                    .satisfies(all -> assertThat(all.getLast()).isEqualTo(all.size()));
        }
        AuditRow row = rows.getFirst();
        assertThat(fixture.link(row).contentHash()).isEqualTo(CanonicalForm.sha256(row));
        assertThat(fixture.count("audit_unshipped")).isEqualTo(35);
        assertThat(fixture.count("audit_unsealed")).isZero();
        assertThat(fixture.check(null, null).breaks()).isEmpty();
    }

    @Test
    void withoutElasticsearchNothingWaitsForIt() throws SQLException {
        fixture.write(ONE, DAY, 3);
        assertThat(fixture.sealer(10, false).sealBatch()).isEqualTo(3);
        assertThat(fixture.count("audit_unshipped")).isZero();
    }

    @Test
    void severalSealersAtOnceMakeNoGapAndNoDouble() throws Exception {
        fixture.write(ONE, DAY, 300);
        fixture.write(TWO, DAY, 150);
        List<Callable<Integer>> sealers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Sealer sealer = fixture.sealer(20, true);
            sealers.add(() -> {
                int sum = 0;
                for (int n = sealer.sealBatch(); n > 0; n = sealer.sealBatch()) {
                    sum += n;
                }
                return sum;
            });
        }
        int sum = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> one : threads.invokeAll(sealers)) {
                sum += one.get();
            }
        }
        assertThat(sum).isEqualTo(450);
        assertThat(fixture.count("audit_chain")).isEqualTo(450);
        ChainReport report = fixture.check(null, null);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.records()).isEqualTo(450);
    }

    @Test
    void aSealerThatDiesInMidBatchLeavesEverythingAsItWas() throws Exception {
        fixture.write(ONE, DAY, 30);
        fixture.sealer(10, true).sealBatch();
        try (Connection other = fixture.database.superuser().getConnection();
                Statement statement = other.createStatement();
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_heads in exclusive mode"); // it stops at the end
            Future<Integer> batch = thread.submit(() -> fixture.sealer(10, true).sealBatch());
            await().until(() ->
                    fixture.count(
                                    "pg_stat_activity where usename = 'assay_audit'"
                                            + " and wait_event_type = 'Lock'")
                            == 1);
            fixture.superuser
                    .sql(
                            "select pg_terminate_backend(pid) from pg_stat_activity"
                                    + " where usename = 'assay_audit'")
                    .query()
                    .listOfRows();
            assertThatThrownBy(batch::get).hasRootCauseInstanceOf(SQLException.class);
            other.rollback();
        }
        assertThat(fixture.count("audit_chain")).isEqualTo(10);
        assertThat(fixture.count("audit_unshipped")).isEqualTo(10);
        assertThat(fixture.count("audit_unsealed")).isEqualTo(20);
        assertThat(fixture.check(null, null).waiting()).isEqualTo(20);
        fixture.sealAll();
        assertThat(fixture.check(null, null).breaks()).isEmpty();
        assertThat(fixture.count("audit_chain")).isEqualTo(30);
    }

    @Test
    void aRecordThatIsGoneBeforeItsPlaceIsSaidInTheChain() throws SQLException {
        AuditRow gone = fixture.write(ONE, DAY, 3).get(1);
        fixture.around("delete from audit_events where id = '" + gone.id() + "'");
        fixture.sealAll();
        assertThat(
                        fixture.superuser
                                .sql(
                                        "select object ->> 'id' from audit_events where action ="
                                                + " 'audit.record_vanished'")
                                .query(String.class)
                                .list())
                .containsExactly(gone.id().toString());
        assertThat(fixture.count("audit_chain")).isEqualTo(3);
        assertThat(fixture.count("audit_unsealed")).isZero();
        assertThat(fixture.meters.get("assay_audit_vanished_events").counter().count())
                .isPositive();
    }

    @Test
    void aRecordThatIsQueuedTwiceHasOnePlace() throws SQLException {
        AuditRow first = fixture.write(ONE, DAY, 2).getFirst();
        fixture.sealAll();
        fixture.superuser
                .sql("insert into audit_unsealed (id, at) select id, at from audit_events")
                .update();
        fixture.write(ONE, DAY.plusDays(1), 1);
        fixture.sealAll();
        assertThat(fixture.count("audit_unsealed")).isZero();
        assertThat(fixture.count("audit_chain")).isEqualTo(3);
        assertThat(fixture.link(first).sequence()).isEqualTo(1);
        assertThat(fixture.check(null, null).breaks()).isEmpty();
    }

    @Test
    void theLoopSealsWhatComesWhenItIsWoken() throws SQLException {
        var settings = new SealerSettings(false, 10, Duration.ofMinutes(10));
        var sealer = new Sealer(fixture.audit(), fixture.clock, settings, fixture.meters);
        try (var loop = AuditLoop.of(sealer, settings, fixture.meters)) {
            fixture.write(ONE, DAY, 25);
            await().until(() -> {
                loop.wake();
                return fixture.count("audit_unsealed") == 0;
            });
        }
        assertThat(fixture.count("audit_chain")).isEqualTo(25);
    }
}
