package assay.web.trail;

import assay.audit.search.AuditSearch;
import assay.audit.search.DatabaseAuditSearch;
import assay.audit.search.ElasticAuditSearch;
import assay.audit.search.FallbackAuditSearch;
import co.elastic.clients.elasticsearch.ElasticsearchClient;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

/** Where records are searched: in Elasticsearch when there is one, else in PostgreSQL. */
@Configuration(proxyBeanMethods = false)
class TrailConfiguration {
    /** Shorter than what the connection itself waits for the database. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String INDICES = "audit-v1-*";

    /**
     * @param elastic a client whose key may read the audit indices; there is none with {@code
     *     --elasticsearch off}
     */
    @Bean
    AuditSearch auditSearch(
            PlatformTransactionManager manager,
            JdbcClient jdbc,
            ObjectProvider<ElasticsearchClient> elastic) {
        var records = new DatabaseAuditSearch(manager, jdbc, PATIENCE, System::nanoTime);
        ElasticsearchClient client = elastic.getIfAvailable();
        return client == null
                ? records
                : new FallbackAuditSearch(
                        new ElasticAuditSearch(client, INDICES, PATIENCE), records);
    }
}
