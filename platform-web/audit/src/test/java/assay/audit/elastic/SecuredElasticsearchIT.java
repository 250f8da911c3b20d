package assay.audit.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.DayCopy.CopyUnavailable;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticSettings.Layout;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.audit.search.ElasticAuditSearch;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.elasticsearch.SecuredElasticsearch;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server that wants HTTPS and API keys, with the very keys that the operator's guide says to
 * make.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecuredElasticsearchIT {
    private static final LocalDate DAY = LocalDate.parse("2026-11-22");
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Path GUIDE = Path.of("..", "..", "docs", "operator", "audit.md");
    private static final Pattern REQUEST =
            Pattern.compile("POST /_security/api_key (\\{.*?\\})\\s*(?=POST|```)", Pattern.DOTALL);

    private final SecuredElasticsearch server = SecuredElasticsearch.start();
    private final TestDatabase database = TestDatabase.start();
    private final SealedRecords records = new SealedRecords(database.superuser());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private final Map<Authority, String> documented = documented();
    private final Map<Authority, Path> keys = new EnumMap<>(Authority.class);
    private final String prefix = ElasticSettings.DEFAULT_PREFIX;

    /** The requests that the guide gives, by what the keys are for. */
    private static Map<Authority, String> documented() {
        try {
            Map<Authority, String> requests = new EnumMap<>(Authority.class);
            REQUEST.matcher(Files.readString(GUIDE))
                    .results()
                    .map(result -> result.group(1))
                    .forEach(request -> requests.put(authority(request), request));
            return requests;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Authority authority(String request) {
        String name = JsonMapper.shared().readTree(request).path("name").asString();
        return Authority.valueOf(name.replaceFirst("^assay-", "").toUpperCase(Locale.ROOT));
    }

    @BeforeAll
    void makeKeys(@TempDir Path folder) throws Exception {
        assertThat(documented).containsOnlyKeys(Authority.values());
        for (var each : documented.entrySet()) {
            keys.put(each.getKey(), key(each.getKey().name(), each.getValue(), folder));
        }
    }

    private Path key(String name, String request, Path folder) throws Exception {
        return Files.writeString(folder.resolve(name), server.apiKey(request) + "\n");
    }

    @AfterAll
    void stop() {
        records.close();
        database.close();
        server.close();
    }

    @BeforeEach
    @AfterEach
    void clear() throws Exception {
        records.clear();
        try (ElasticStore store = new ElasticStore(settings())) {
            ElasticConnection deleter = store.connection(Authority.DELETER);
            deleter.call("DELETE", "/" + index(), null);
        }
    }

    private String index() {
        return prefix + "2026.11.22";
    }

    private ElasticSettings settings() {
        return settings(keys, Optional.of(server.authority()));
    }

    private ElasticSettings settings(Map<Authority, Path> with, Optional<Path> ca) {
        return settings(with, ca, Layout.DAY_INDICES, ElasticSettings.LEAST_RETENTION_DAYS);
    }

    private ElasticSettings settings(
            Map<Authority, Path> with, Optional<Path> ca, Layout layout, int retentionDays) {
        return new ElasticSettings(
                server.uri(),
                false,
                with,
                ca,
                layout,
                prefix,
                0,
                retentionDays,
                ElasticSettings.DEFAULT_PATIENCE);
    }

    private Map<Authority, Path> without(Authority authority) {
        Map<Authority, Path> others = new EnumMap<>(keys);
        others.remove(authority);
        return others;
    }

    private Map<Authority, Path> with(Authority authority, Path key) {
        Map<Authority, Path> changed = new EnumMap<>(keys);
        changed.put(authority, key);
        return changed;
    }

    private Path documentedKey(Authority authority) {
        Path key = keys.get(authority);
        if (key == null) {
            throw new IllegalStateException("no key " + authority);
        }
        return key;
    }

    private AuditShipper shipper(ElasticStore store) {
        return new AuditShipper(
                database.as(DatabaseRoles.AUDIT),
                store,
                now::get,
                ShipperSettings.DEFAULTS,
                meters);
    }

    private AuditShipper.Turn ship(ElasticSettings settings) {
        now.updateAndGet(instant -> instant.plusSeconds(60));
        try (ElasticStore store = new ElasticStore(settings)) {
            return shipper(store).runOnce();
        }
    }

    /** Ships nothing and says why; afterwards the right settings ship all of it. */
    private void refusesButLosesNothing(ElasticSettings wrong, String... reason) {
        records.add(5, NOON);
        try (ElasticStore store = new ElasticStore(wrong)) {
            assertThatThrownBy(store::prepare)
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(reason);
        }
        assertThat(ship(wrong)).isEqualTo(new AuditShipper.Turn(0, 0, 0, 0, 0, false));
        assertThat(records.queued()).isEqualTo(5);
        assertThat(ship(settings())).isEqualTo(new AuditShipper.Turn(5, 5, 0, 0, 0, true));
        assertThat(records.queued()).isZero();
    }

    private static void forbidden(
            ElasticConnection key, String method, String path, @Nullable String body) {
        assertThatThrownBy(() -> key.call(method, path, body))
                .as("%s %s", method, path)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(method + " " + path + " answered 403 security_exception")
                .hasMessageContaining("is unauthorized for API key");
    }

    private List<UUID> found(ElasticStore store, Authority as) {
        var search =
                new ElasticAuditSearch(
                        store.connection(as).client(),
                        store.searchTarget(),
                        Duration.ofSeconds(20));
        AuditQuery day =
                AuditQuery.parse(
                        AuditScope.PLATFORM,
                        Map.of("from", DAY + "T00:00:00Z", "to", DAY.plusDays(1) + "T00:00:00Z"),
                        now.get());
        return search.page(day, null, 100).records().stream()
                .map(AuditFound::row)
                .map(row -> row.id())
                .toList();
    }

    @Test
    void theDocumentedKeysDoTheirPartsOverTlsWithThePinnedAuthority() {
        List<UUID> ids = records.add(60, NOON);
        assertThat(ship(settings()).stored()).isEqualTo(60);
        records.queueAll();
        assertThat(ship(settings(without(Authority.ADMIN), Optional.of(server.authority()))))
                .as("once the template is there nobody needs an admin key")
                .isEqualTo(new AuditShipper.Turn(60, 0, 60, 0, 0, true));
        try (ElasticStore store = new ElasticStore(settings())) {
            ElasticDayCopy days = store.days();
            assertThat(days.count(DAY)).isEqualTo(60);
            assertThat(found(store, Authority.READER)).containsExactlyInAnyOrderElementsOf(ids);
            var scanned = new HashSet<String>();
            days.scanIds(DAY, scanned::add);
            assertThat(scanned).hasSize(60);
            assertThat(days.isSealed(DAY)).isFalse();
            days.seal(DAY);
            assertThat(days.isSealed(DAY)).isTrue();
            records.add(1, NOON.plusSeconds(300));
            assertThat(shipper(store).runOnce().later()).as("the day opens").isEqualTo(1);
            assertThat(ship(settings()).stored()).isEqualTo(1);
            days.seal(DAY);
            days.delete(DAY);
            assertThat(days.count(DAY)).isZero();
        }
    }

    @Test
    void anotherAuthorityThanThePinnedOneIsRefusedAndNothingIsLost() throws Exception {
        refusesButLosesNothing(settings(keys, Optional.of(server.anotherAuthority())), "PKIX path");
    }

    @Test
    void withoutAPinnedAuthorityAPrivateOneIsRefusedAndNothingIsLost() {
        refusesButLosesNothing(
                settings(keys, Optional.empty()),
                "the server is not who it should be",
                "(expected: a certificate of an authority that Java trusts)");
    }

    @Test
    void withoutAKeyNothingIsTakenAndNothingIsLost() {
        refusesButLosesNothing(
                settings(Map.of(), Optional.of(server.authority())),
                "answered 401 security_exception",
                "missing authentication credentials");
    }

    @Test
    void aKeyThatIsRevokedUnderWayKeepsTheRecordsUntilThereIsAnother(@TempDir Path folder)
            throws Exception {
        String request =
                String.valueOf(documented.get(Authority.WRITER))
                        .replace("assay-writer", "assay-writer-of-a-day");
        Path shortLived = key("short-lived", request, folder);
        assertThat(ship(settings()).answered()).as("the template is there").isTrue();
        Map<Authority, Path> chosen = with(Authority.WRITER, shortLived);
        chosen.remove(Authority.ADMIN);
        records.add(5, NOON);
        ElasticSettings settings = settings(chosen, Optional.of(server.authority()));
        try (ElasticStore store = new ElasticStore(settings)) {
            AuditShipper shipper = shipper(store);
            assertThat(shipper.runOnce().stored()).isEqualTo(5);
            server.revoke("assay-writer-of-a-day");
            records.add(7, NOON.plusSeconds(60));
            assertThat(shipper.runOnce().answered()).isFalse();
            assertThat(shipper.runOnce().answered()).as("it looks at the template").isFalse();
            assertThatThrownBy(store::prepare)
                    .hasMessageContaining("answered 401 security_exception")
                    .hasMessageContaining("has been invalidated");
        }
        assertThat(records.queued()).isEqualTo(7);
        Files.copy(
                documentedKey(Authority.WRITER), shortLived, StandardCopyOption.REPLACE_EXISTING);
        assertThat(ship(settings).stored()).isEqualTo(7);
    }

    @Test
    void aKeyThatMayNotWriteLeavesTheRecordsInTheQueue() {
        for (Authority wrong : List.of(Authority.READER, Authority.DELETER)) {
            records.clear();
            records.add(5, NOON);
            ElasticSettings settings =
                    settings(
                            with(Authority.WRITER, documentedKey(wrong)),
                            Optional.of(server.authority()));
            assertThat(ship(settings))
                    .as("%s", wrong)
                    .isEqualTo(new AuditShipper.Turn(5, 0, 0, 0, 0, false));
            assertThat(records.queued()).isEqualTo(5);
            assertThat(records.count("audit_dead_letters")).isZero();
        }
        assertThat(ship(settings()).stored()).isEqualTo(5);
    }

    @Test
    void theWriterCreatesAndDoesNothingElse() {
        UUID id = records.add(3, NOON).getFirst();
        assertThat(ship(settings()).stored()).isEqualTo(3);
        try (ElasticStore store = new ElasticStore(settings())) {
            store.days().count(DAY); // all of it can be found
            ElasticConnection writer = store.connection(Authority.WRITER);
            forbidden(writer, "GET", "/" + index() + "/_search", null);
            forbidden(writer, "GET", "/" + index() + "/_doc/" + id, null);
            forbidden(writer, "PUT", "/" + index() + "/_doc/" + id, "{}");
            forbidden(writer, "POST", "/" + index() + "/_update/" + id, "{\"doc\":{}}");
            forbidden(writer, "DELETE", "/" + index() + "/_doc/" + id, null);
            forbidden(writer, "DELETE", "/" + index(), null);
            String template = new AuditTemplate(settings()).json();
            forbidden(writer, "PUT", "/_index_template/audit-v1", template);
            assertThatThrownBy(() -> found(store, Authority.WRITER))
                    .isInstanceOf(ElasticsearchException.class)
                    .hasMessageContaining("is unauthorized for API key");
            assertThat(found(store, Authority.READER)).hasSize(3);
        }
        ElasticSettings writerDeletes =
                settings(
                        with(Authority.DELETER, documentedKey(Authority.WRITER)),
                        Optional.of(server.authority()));
        try (ElasticStore store = new ElasticStore(writerDeletes)) {
            assertThatThrownBy(() -> store.days().seal(DAY))
                    .isInstanceOf(CopyUnavailable.class)
                    .hasMessageContaining("sealing of " + index())
                    .hasMessageContaining("security_exception");
            assertThatThrownBy(() -> store.days().count(DAY)).isInstanceOf(CopyUnavailable.class);
        }
    }

    @Test
    void theReaderReadsAndTheDeleterDoesNotWrite() {
        UUID id = records.add(3, NOON).getFirst();
        assertThat(ship(settings()).stored()).isEqualTo(3);
        try (ElasticStore store = new ElasticStore(settings())) {
            ElasticConnection reader = store.connection(Authority.READER);
            forbidden(reader, "PUT", "/" + index() + "/_create/x", "{}");
            forbidden(reader, "DELETE", "/" + index() + "/_doc/" + id, null);
            forbidden(reader, "DELETE", "/" + index(), null);
            forbidden(reader, "PUT", "/" + index() + "/_settings", "{\"index.blocks.write\":true}");
            ElasticConnection deleter = store.connection(Authority.DELETER);
            forbidden(deleter, "PUT", "/" + index() + "/_create/x", "{}");
            forbidden(deleter, "POST", "/" + index() + "/_update/" + id, "{\"doc\":{}}");
            forbidden(deleter, "DELETE", "/" + index() + "/_doc/" + id, null);
            ElasticConnection admin = store.connection(Authority.ADMIN);
            forbidden(admin, "GET", "/" + index() + "/_search", null);
            forbidden(admin, "DELETE", "/" + index(), null);
        }
    }

    @Test
    void aDataStreamsWriterNeedsToReadAndItsTemplateAsksForTheRetention(@TempDir Path folder)
            throws Exception {
        String writer =
                String.valueOf(documented.get(Authority.WRITER))
                        .replace("audit-v1-*", "audit-v2")
                        .replace("\"create_doc\"", "\"create_doc\",\"read\",\"maintenance\"");
        String reader =
                String.valueOf(documented.get(Authority.READER)).replace("audit-v1-*", "audit-v2");
        Map<Authority, Path> chosen = with(Authority.WRITER, key("writer-v2", writer, folder));
        chosen.put(Authority.READER, key("reader-v2", reader, folder));
        ElasticSettings stream =
                settings(chosen, Optional.of(server.authority()), Layout.DATA_STREAM, 365)
                        .withPrefix("audit-v2-");
        records.add(20, NOON);
        assertThat(ship(stream)).isEqualTo(new AuditShipper.Turn(20, 20, 0, 0, 0, true));
        records.queueAll();
        assertThat(ship(stream)).isEqualTo(new AuditShipper.Turn(20, 0, 20, 0, 0, true));
        try (ElasticStore store = new ElasticStore(stream)) {
            assertThat(found(store, Authority.READER)).hasSize(20);
            assertThat(
                            store.connection(Authority.ADMIN)
                                    .call("GET", "/_index_template/audit-v2", null)
                                    .at("/index_templates/0/index_template/template/lifecycle")
                                    .path("data_retention")
                                    .asString(""))
                    .isEqualTo("365d");
        }
    }

    @Test
    void withoutTlsTheServerIsNotSpokenToAndAnotherMachineNever() {
        URI plain = URI.create("http://127.0.0.1:" + server.uri().getPort());
        records.add(5, NOON);
        assertThat(ship(ElasticSettings.of(plain)).answered()).isFalse();
        assertThat(records.queued()).isEqualTo(5);
        assertThatThrownBy(() -> ElasticSettings.of(URI.create("http://search.example:9200")))
                .hasMessageContaining("would carry records and keys unencrypted");
    }
}
