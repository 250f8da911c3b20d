package assay.audit.search;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

class DatabaseAuditSearchIT extends SearchContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final TestDatabase database = TestDatabase.start();
    private final HikariDataSource web = pool(database);
    private final AuditSearch search = search(System::nanoTime);

    private static HikariDataSource pool(TestDatabase database) {
        var pool = new HikariDataSource();
        pool.setDataSource(database.as(DatabaseRoles.WEB));
        pool.setMaximumPoolSize(2);
        return pool;
    }

    private AuditSearch search(java.util.function.LongSupplier ticker) {
        return new DatabaseAuditSearch(
                new DataSourceTransactionManager(web), JdbcClient.create(web), PATIENCE, ticker);
    }

    @Override
    AuditSearch search() {
        return search;
    }

    @BeforeAll
    void store() {
        JdbcClient owner = JdbcClient.create(database.as(DatabaseRoles.OWNER));
        rows.stream()
                .map(AuditRow::day)
                .distinct()
                .forEach(day ->
                        owner.sql("select audit_make_day(:day)")
                                .param("day", day)
                                .query(Boolean.class)
                                .single());
        rows.forEach(row -> row.insert(owner));
        // Two of three are sealed, in two transactions: what is counted is added to.
        seal(owner, rows.size() / 3);
        seal(owner, rows.size() / 3);
    }

    /** As the sealer does it; the hashes mean nothing here. */
    private static void seal(JdbcClient owner, int count) {
        owner.sql(
                        """
                        with taken as (
                            delete from audit_unsealed where id in (
                                select id from audit_unsealed order by id limit :count)
                            returning id, at)
                        insert into audit_chain (tenant_id, sequence, id, at, content_hash, hash, sealed_at)
                        select e.tenant_id, (select count(*) from audit_chain) + row_number() over (),
                            e.id, e.at, sha256(''), sha256(''), now()
                        from taken t join audit_events e on e.id = t.id and e.at = t.at
                        """)
                .param("count", count)
                .update();
    }

    @AfterAll
    void stop() {
        web.close();
        database.close();
    }

    @Test
    void theCountsAreThoseOfTheSealedRecords() {
        JdbcClient owner = JdbcClient.create(database.as(DatabaseRoles.OWNER));
        assertThat(owner.sql("select sum(records) from audit_hours").query(Long.class).single())
                .isEqualTo(
                        owner.sql("select count(*) from audit_chain").query(Long.class).single());
    }

    @Test
    void aPageThatTakesTooLongSaysHowFarItCame() {
        var time = new AtomicLong();
        var slow = search(() -> time.getAndAdd(PATIENCE.toNanos() / 3));
        var query =
                new AuditQuery(
                        new AuditScope.Tenant(Records.ONE),
                        Records.END.minusSeconds(300_000),
                        Records.END,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        "no such text");
        AuditPage page = slow.page(query, null, 10);
        int pages = 1;
        while (page.next() != null) {
            assertThat(page.records()).isEmpty();
            AuditPage next = slow.page(query, page.next(), 10);
            if (next.next() != null) {
                assertThat(next.next().at()).isBefore(page.next().at());
            }
            page = next;
            pages++;
        }
        assertThat(pages).isGreaterThan(3);
    }

    @Test
    void whatADayCountedGoesWithTheDay() {
        JdbcClient owner = JdbcClient.create(database.as(DatabaseRoles.OWNER));
        var other = TestDatabase.start();
        try (other) {
            JdbcClient its = JdbcClient.create(other.as(DatabaseRoles.OWNER));
            AuditRow row = rows.getFirst();
            its.sql("select audit_make_day(:day)")
                    .param("day", row.day())
                    .query(Boolean.class)
                    .single();
            row.insert(its);
            seal(its, 1);
            assertThat(its.sql("select count(*) from audit_hours").query(Long.class).single())
                    .isOne();
            its.sql("update audit_days set dropped_at = now() where day = :day")
                    .param("day", row.day())
                    .update();
            assertThat(its.sql("select count(*) from audit_hours").query(Long.class).single())
                    .isZero();
        }
        assertThat(owner.sql("select count(*) from audit_hours").query(Long.class).single())
                .isPositive();
    }

    @Test
    void aRecordTellsItsPlaceInTheChainOnceItIsSealed() {
        long sealed =
                rows.stream()
                        .map(row -> search.find(new AuditScope.Tenant(row.tenant()), row.id()))
                        .filter(found -> found.orElseThrow().link() != null)
                        .count();
        assertThat(sealed).isEqualTo(rows.size() / 3 * 2L);
        assertThat(CanonicalForm.sha256(rows.getFirst())).hasSize(64);
    }
}
