package assay.audit.chain;

import static assay.audit.chain.ChainFixture.DAY;
import static assay.audit.chain.ChainFixture.ONE;
import static assay.audit.chain.ChainFixture.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.AuditRow;
import assay.audit.chain.ChainFixture.MemoryCopy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class DayJobsIT {
    @RegisterExtension static final ChainFixture fixture = new ChainFixture();
    @TempDir Path folder;
    private SealKey key;

    @BeforeEach
    void makeKey() {
        key = ChainFixture.key(folder);
    }

    private DayJobs jobs(@Nullable MemoryCopy copy) {
        return new DayJobs(
                fixture.audit(),
                fixture.daySealer(key),
                copy,
                fixture.clock,
                DaySettings.defaults(),
                new SimpleMeterRegistry());
    }

    private static Instant endOf(int days) {
        return Sql.start(DAY.plusDays(1)).plus(Duration.ofDays(days));
    }

    @Test
    void aDayIsSealedAfterItsGraceAndOnlyWhenNothingOfItWaits() throws SQLException {
        fixture.write(ONE, DAY, 3);
        fixture.at(endOf(0).plus(Duration.ofMinutes(14)));
        assertThat(jobs(null).runOnce().sealed()).extracting(DaySeal::day).doesNotContain(DAY);
        fixture.at(endOf(0).plus(Duration.ofMinutes(15)));
        assertThat(jobs(null).runOnce().sealed()).isEmpty(); // not in the chain yet
        fixture.sealAll();
        DayJobs.Done done = jobs(null).runOnce();
        assertThat(done.sealed()).extracting(DaySeal::name).containsExactly(DAY + ".1");
        assertThat(done.sealed().getFirst().records()).isEqualTo(3);
        assertThat(done.confirmed()).contains(DAY);
        assertThat(fixture.count("audit_days where day = '" + DAY.plusDays(4) + "'")).isOne();
    }

    @Test
    void aDayMayGoAtOneHundredAndEightyDaysAndNotBefore() throws SQLException {
        List<AuditRow> rows = new ArrayList<>(fixture.write(ONE, DAY, 12));
        fixture.sealAll();
        // Of another day, and with a place between those of the first.
        rows.addAll(fixture.write(ONE, DAY.plusDays(1), 2));
        fixture.sealAll();
        rows.addAll(fixture.write(ONE, DAY, 3));
        rows.addAll(fixture.write(TWO, DAY, 2));
        fixture.sealAll();
        MemoryCopy copy = fixture.copyOf(rows);
        DayJobs jobs = jobs(copy);

        fixture.at(endOf(1).plus(Duration.ofHours(1)));
        assertThat(jobs.runOnce().confirmed()).contains(DAY, DAY.plusDays(1));
        assertThat(copy.did).contains("seal " + DAY);
        for (Instant early : List.of(endOf(179), endOf(180).minusNanos(1000))) {
            fixture.at(early);
            assertThat(jobs.runOnce().dropped()).doesNotContain(DAY);
            assertThat(refusal()).isEqualTo("kept for 180 days");
        }
        fixture.at(endOf(180));
        assertThat(jobs.runOnce().dropped()).contains(DAY).doesNotContain(DAY.plusDays(1));
        assertThat(fixture.count("audit_events where tenant_id = '" + ONE + "'")).isEqualTo(2);
        assertThat(copy.count(DAY)).isEqualTo(17);

        fixture.sealAll();
        assertThat(
                        fixture.superuser
                                .sql(
                                        "select details ->> 'records' from audit_events where"
                                                + " action = 'audit.day_drop' and object ->> 'id' = ?")
                                .param(DAY.toString())
                                .query(String.class)
                                .list())
                .containsExactly("17");
        assertThat(
                        fixture.superuser
                                .sql(
                                        "select first_sequence || '-' || last_sequence from"
                                                + " audit_dropped order by tenant_id, first_sequence")
                                .query(String.class)
                                .list())
                .containsExactly("1-12", "15-17", "1-2");
        ChainReport report = fixture.check(key, null);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.droppedRecords()).isEqualTo(17);

        fixture.at(endOf(187).minusNanos(1000));
        assertThat(jobs.runOnce().copiesDeleted()).doesNotContain(DAY);
        fixture.at(endOf(187));
        assertThat(jobs.runOnce().copiesDeleted()).contains(DAY);
        assertThat(copy.count(DAY)).isZero();
        assertThat(fixture.check(key, null).breaks()).isEmpty();
    }

    @Test
    void aDayStaysWhileARecordIsUnshippedOrDeadOrUnsealedOrMissingInTheCopy() throws SQLException {
        List<AuditRow> rows = fixture.write(ONE, DAY, 3);
        fixture.sealer(10, true).sealBatch();
        MemoryCopy copy = fixture.copyOf(rows);
        fixture.at(endOf(180));
        DayJobs jobs = jobs(copy);
        assertThat(jobs.runOnce().confirmed()).doesNotContain(DAY);
        assertThat(refusal()).isEqualTo("records of it wait");
        fixture.superuser
                .sql(
                        """
                        with gone as (delete from audit_unshipped returning *)
                        insert into audit_dead_letters (id, at, tenant_id, sequence, reason, since)
                        select id, at, tenant_id, sequence, 'strict', now() from gone
                        """)
                .update();
        assertThat(jobs.runOnce().confirmed()).doesNotContain(DAY);
        fixture.superuser.sql("delete from audit_dead_letters").update();
        var last = copy.documents.removeLast();
        assertThat(jobs.runOnce().confirmed()).doesNotContain(DAY);
        assertThat(refusal()).isEqualTo("not confirmed");
        copy.documents.add(last);
        assertThat(jobs.runOnce().dropped()).contains(DAY);
    }

    @Test
    void aDayThatIsConfirmedStaysWhenARecordComesLate() throws SQLException {
        fixture.write(ONE, DAY, 3);
        fixture.sealAll();
        fixture.at(endOf(1));
        assertThat(jobs(null).runOnce().confirmed()).contains(DAY);
        fixture.write(ONE, DAY, 1);
        fixture.at(endOf(180));
        assertThat(refusal()).isEqualTo("records of it wait");
        fixture.sealAll();
        assertThat(refusal()).isEqualTo("not sealed");
        assertThat(jobs(null).runOnce().dropped()).contains(DAY);
    }

    @Test
    void noOtherWayLeadsToADropAndNotEvenAClockThatIsAhead() throws SQLException {
        fixture.write(ONE, DAY, 3);
        fixture.at(Instant.now().plus(Duration.ofDays(2)));
        assertThat(refusal()).startsWith("the caller's clock is ahead");
        try (Connection audit = fixture.audit().getConnection();
                var statement = audit.createStatement()) {
            assertThatThrownBy(() -> statement.execute("drop table audit_events"))
                    .hasMessageContaining("must be owner");
            assertThatThrownBy(() ->
                            statement.execute(
                                    "insert into audit_dropped values ('%s', 1, 2, '%s', '', '')"
                                            .formatted(ONE, DAY)))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void aDayThatWentWithoutItsTimeIsFound() throws SQLException {
        fixture.write(ONE, DAY, 3);
        fixture.sealAll();
        fixture.at(endOf(1));
        jobs(null).runOnce();
        fixture.around(
                "update audit_days set dropped_at = '%s' where day = '%s'"
                        .formatted(endOf(2), DAY));
        assertThat(fixture.check(key, null).breaks())
                .extracting(ChainBreak::kind)
                .containsOnly(ChainBreak.Kind.DROPPED_WRONGLY);
    }

    @Test
    void oneGatewayAtATimeDoesTheWork() throws SQLException {
        try (Connection other = fixture.audit().getConnection()) {
            assertThat(AuditLock.DAYS.tryForSession(other)).isTrue();
            assertThat(jobs(null).runOnce().elsewhere()).isTrue();
        }
    }

    private String refusal() {
        return fixture.superuser
                .sql("select coalesce(audit_drop_day(?, ?, 180), 'dropped')")
                .params(DAY, fixture.clock.instant().atOffset(java.time.ZoneOffset.UTC))
                .query(String.class)
                .single();
    }
}
