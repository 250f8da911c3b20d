package assay.audit.search;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditDocument;
import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import assay.elasticsearch.RunningElasticsearch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a real Elasticsearch, with the template that the platform puts there. */
class ElasticAuditSearchIT extends SearchContract {
    private final String prefix = "audit-" + UUID.randomUUID() + "-";
    private final ElasticStore store =
            new ElasticStore(
                    ElasticSettings.of(RunningElasticsearch.shared().uri()).withPrefix(prefix));

    @Override
    AuditSearch search() {
        return new ElasticAuditSearch(
                store.connection(Authority.READER).client(),
                store.searchTarget(),
                Duration.ofSeconds(20));
    }

    @BeforeAll
    void store() throws IOException {
        store.prepare();
        var bulk = new StringBuilder();
        long sequence = 0;
        for (AuditRow row : rows) {
            String hash = CanonicalForm.sha256(row);
            bulk.append(
                    "{\"create\":{\"_index\":\"%s\",\"_id\":\"%s\"}}%n"
                            .formatted(day(row), row.id()));
            bulk.append(
                            new String(
                                    AuditDocument.bytes(row, new AuditLink(++sequence, hash, hash)),
                                    StandardCharsets.UTF_8))
                    .append('\n');
        }
        var answer =
                store.connection(Authority.WRITER)
                        .call("POST", "/_bulk?refresh=true", bulk.toString());
        assertThat(answer.get("errors").asBoolean()).as("%s", answer).isFalse();
    }

    private String day(AuditRow row) {
        return prefix + row.day().toString().replace('-', '.');
    }

    @AfterAll
    void stop() {
        store.close();
    }
}
