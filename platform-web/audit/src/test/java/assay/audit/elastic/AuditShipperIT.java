package assay.audit.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.AuditDocument;
import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import assay.audit.DayCopy.CopyUnavailable;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticSettings.Layout;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.elasticsearch.RunningElasticsearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shipper, the day copy and the reconciliation between real servers. */
class AuditShipperIT {
    private static final LocalDate DAY = LocalDate.parse("2026-11-22");
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant NEXT_DAY = Instant.parse("2026-11-23T12:00:00Z");

    private static final AtomicReference<TestDatabase> DATABASE = new AtomicReference<>();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicReference<Instant> now = new AtomicReference<>(NEXT_DAY);
    private final SealedRecords records = new SealedRecords(database().superuser());
    private ElasticSettings settings =
            ElasticSettings.of(RunningElasticsearch.shared().uri())
                    .withPrefix("audit-" + UUID.randomUUID() + "-");
    private ElasticStore store = new ElasticStore(settings);

    private static TestDatabase database() {
        TestDatabase database = DATABASE.get();
        if (database == null) {
            throw new IllegalStateException("not started");
        }
        return database;
    }

    @BeforeAll
    static void startDatabase() {
        DATABASE.set(TestDatabase.start());
    }

    @AfterAll
    static void stopDatabase() {
        database().close();
    }

    @BeforeEach
    void clear() {
        records.clear();
    }

    @AfterEach
    void closeStore() {
        store.close();
        records.close();
    }

    private DataSource audit() {
        return database().as(DatabaseRoles.AUDIT);
    }

    private AuditShipper shipper() {
        return new AuditShipper(audit(), store, now::get, ShipperSettings.DEFAULTS, meters);
    }

    private Reconciliation reconciliation() {
        return new Reconciliation(audit(), store, now::get, meters);
    }

    private void use(ElasticSettings other) {
        store.close();
        settings = other;
        store = new ElasticStore(other);
    }

    private static int drain(AuditShipper shipper) {
        int stored = 0;
        AuditShipper.Turn turn = shipper.runOnce();
        while (turn.taken() > 0 && turn.answered()) {
            stored += turn.stored();
            turn = shipper.runOnce();
        }
        return stored;
    }

    private Set<UUID> copied(LocalDate day) {
        Set<UUID> ids = new HashSet<>();
        store.days().scanIds(day, id -> assertThat(ids.add(UUID.fromString(id))).isTrue());
        return ids;
    }

    @Test
    void everyRecordArrivesWithItsChainAndLeadsBackToItsRow() {
        List<UUID> ids = records.add(700, NOON);
        records.add(5, NEXT_DAY.minusSeconds(9));
        assertThat(drain(shipper())).isEqualTo(705);
        assertThat(records.queued()).isZero();
        assertThat(copied(DAY)).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(store.days().count(DAY.plusDays(1))).isEqualTo(5);
        List<String> hashes = new ArrayList<>();
        store.days()
                .scan(
                        DAY,
                        document -> {
                            AuditRow row = AuditDocument.row(document);
                            assertThat(CanonicalForm.sha256(row))
                                    .isEqualTo(AuditDocument.link(document).contentHash());
                            hashes.add(row.id().toString());
                        });
        assertThat(hashes).hasSize(700).isSorted();
        assertThat(meters.counter("assay.audit.shipped", "result", "stored").count())
                .isEqualTo(705);
    }

    @Test
    void sendingAllOfItAgainStoresNothingTwice() {
        records.add(300, NOON);
        drain(shipper());
        records.queueAll();
        assertThat(drain(shipper())).isZero();
        assertThat(records.queued()).isZero();
        assertThat(store.days().count(DAY)).isEqualTo(300);
        assertThat(meters.counter("assay.audit.shipped", "result", "known").count()).isEqualTo(300);
    }

    @Test
    void whatDoesNotFitTheMappingIsPutAsideAndHoldsNothingUp() {
        var lag = new AuditLag(audit(), now::get, meters);
        UUID poison = records.add(NOON, "[\"not an object\"]");
        records.add(10, NOON);
        assertThat(lag.measure().events()).isEqualTo(11);
        assertThat(lag.measure().age()).isEqualTo(Duration.ofDays(1));
        AuditShipper.Turn turn = shipper().runOnce();
        assertThat(turn).isEqualTo(new AuditShipper.Turn(11, 10, 0, 0, 1, true));
        assertThat(records.deadLetter(poison)).contains("document_parsing_exception");
        assertThat(records.queued()).isZero();
        assertThat(lag.measure().deadLetters()).isEqualTo(1);
        assertThat(meters.get("assay.audit.dead.letters").gauge().value()).isEqualTo(1);
        assertThat(reconciliation().compare(DAY).clean())
                .as("what was refused is not sent again by itself")
                .isTrue();
    }

    @Test
    void aSealedDayOpensForALateRecordAndGoesOnlySealed() {
        AuditShipper shipper = shipper();
        records.add(10, NOON);
        drain(shipper);
        ElasticDayCopy days = store.days();
        assertThat(days.isSealed(DAY)).isFalse();
        assertThatThrownBy(() -> days.delete(DAY)).hasMessageContaining("is not sealed");
        days.seal(DAY);
        assertThat(days.isSealed(DAY)).isTrue();
        records.add(NOON.plusSeconds(5), "{}");
        assertThat(shipper.runOnce().later()).isEqualTo(1);
        assertThat(days.isSealed(DAY)).isFalse();
        assertThat(shipper.runOnce().taken()).as("it waits").isZero();
        now.updateAndGet(instant -> instant.plusSeconds(1));
        assertThat(shipper.runOnce().stored()).isEqualTo(1);
        assertThat(days.count(DAY)).isEqualTo(11);
        days.seal(DAY);
        days.delete(DAY);
        assertThat(days.count(DAY)).isZero();
        assertThat(days.isSealed(DAY)).as("there is nothing to add to").isTrue();
    }

    @Test
    void aForeignMappingIsRefusedWithTheFirstDifference() throws Exception {
        ElasticConnection admin = store.connection(Authority.ADMIN);
        var template = new AuditTemplate(settings);
        assertThatThrownBy(() -> template.check(admin)).hasMessageContaining("missing");
        template.ensure(admin);
        String loose = template.json().replace("\"dynamic\":\"strict\"", "\"dynamic\":\"true\"");
        admin.call("PUT", "/_index_template/" + template.name(), loose);
        assertThatThrownBy(() -> template.check(admin))
                .isInstanceOf(AuditTemplate.TemplateMismatch.class)
                .hasMessageContaining("mappings.dynamic is \"true\", not \"strict\"");
        template.ensure(admin);
        String other = settings.prefix() + "other";
        String stronger = template.json().replace("\"priority\":600", "\"priority\":700");
        admin.call("PUT", "/_index_template/" + other, stronger);
        assertThatThrownBy(() -> template.check(admin))
                .hasMessageContaining(other + " takes " + settings.prefix() + "* over");
        admin.call("DELETE", "/_index_template/" + other, null);
        template.check(admin);
    }

    @Test
    void nothingIsSentToAClusterThatIsNotSetUp() throws Exception {
        var template = new AuditTemplate(settings);
        ElasticConnection admin = store.connection(Authority.ADMIN);
        template.ensure(admin);
        String other = settings.prefix() + "other";
        admin.call(
                "PUT",
                "/_index_template/" + other,
                template.json().replace("\"priority\":600", "\"priority\":700"));
        records.add(3, NOON);
        assertThat(shipper().runOnce().answered()).isFalse();
        assertThat(records.queued()).isEqualTo(3);
        admin.call("DELETE", "/_index_template/" + other, null);
        assertThat(drain(shipper())).isEqualTo(3);
    }

    @Test
    void aLostDayIsFoundAndFilledAgainAndAForeignDocumentIsNamed() throws Exception {
        List<UUID> ids = records.add(1_500, NOON);
        records.add(20, NOON.minus(Duration.ofDays(3)));
        AuditShipper shipper = shipper();
        drain(shipper);
        assertThat(reconciliation().runOnce()).isEmpty();
        store.days().seal(DAY.minusDays(3));
        store.days().delete(DAY.minusDays(3));
        ElasticConnection admin = store.connection(Authority.ADMIN);
        String index = settings.prefix() + "2026.11.22";
        admin.call("DELETE", "/" + index + "/_doc/" + ids.get(7), null);
        String forged = "00000000-0000-4000-8000-000000000001";
        admin.call(
                "PUT",
                "/" + index + "/_create/" + forged + "?refresh=true",
                "{\"@timestamp\":\"2026-11-22T12:00:00Z\",\"event.id\":\"" + forged + "\"}");
        assertThat(reconciliation().runOnce())
                .containsExactly(
                        new Reconciliation.Finding(DAY.minusDays(3), 20, List.of()),
                        new Reconciliation.Finding(DAY, 1, List.of(forged)));
        assertThat(drain(shipper)).isEqualTo(21);
        assertThat(copied(DAY)).containsAll(ids);
    }

    @Test
    void aServerThatIsAwayCostsNothingButALongerQueue() {
        use(ElasticSettings.of(URI.create("http://127.0.0.1:1")).withPrefix("audit-away-"));
        records.add(5, NOON);
        AuditShipper.Turn turn = shipper().runOnce();
        assertThat(turn.answered()).isFalse();
        assertThat(records.queued()).isEqualTo(5);
        assertThatThrownBy(() -> store.days().count(DAY)).isInstanceOf(CopyUnavailable.class);
    }

    @Test
    void aDataStreamGetsNothingTwiceThroughARollover() throws Exception {
        use(settings.withLayout(Layout.DATA_STREAM));
        records.add(50, NOON);
        assertThat(drain(shipper())).isEqualTo(50);
        String stream = settings.prefix().substring(0, settings.prefix().length() - 1);
        store.connection(Authority.ADMIN).call("POST", "/" + stream + "/_rollover", null);
        records.queueAll();
        records.add(3, NOON.plusSeconds(60));
        assertThat(drain(shipper())).isEqualTo(3);
        assertThat(store.days().count(DAY)).isEqualTo(53);
        assertThat(meters.get("assay.audit.stream.short.days").gauge().value())
                .as("the embedded server does not say how long a stream keeps")
                .isNaN();
    }

    @Test
    void throughTwoKillsOfTheServerNothingIsLostOrDoubled() throws Exception {
        try (var server = RunningElasticsearch.start()) {
            use(ElasticSettings.of(server.uri()));
            List<UUID> ids = records.add(6_000, NOON);
            var patient =
                    new ShipperSettings(
                            32,
                            250,
                            1 << 20,
                            Duration.ofMillis(50),
                            Duration.ofMillis(20),
                            Duration.ofMillis(200),
                            1);
            var shipper = new AuditShipper(audit(), store, Instant::now, patient, meters);
            Thread loop = Thread.ofVirtual().start(shipper);
            for (int kill = 1; kill <= 2; kill++) {
                untilQueued(6_000 - kill * 2_000L);
                server.kill();
                server.launch();
            }
            untilQueued(0);
            shipper.close();
            loop.join();
            assertThat(copied(DAY)).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(meters.counter("assay.audit.ship.failures").count()).isPositive();
        }
    }

    private void untilQueued(long most) {
        long end = System.nanoTime() + Duration.ofMinutes(4).toNanos();
        while (records.queued() > most) {
            assertThat(System.nanoTime()).as("four minutes are over").isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
