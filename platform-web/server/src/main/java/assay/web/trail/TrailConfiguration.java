package assay.web.trail;

import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import assay.audit.search.AuditSearch;
import assay.audit.search.DatabaseAuditSearch;
import assay.audit.search.ElasticAuditSearch;
import assay.audit.search.FallbackAuditSearch;
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

    /**
     * @param elastic where the copies are; there is none with {@code --elasticsearch off}
     */
    @Bean
    AuditSearch auditSearch(
            PlatformTransactionManager manager,
            JdbcClient jdbc,
            ObjectProvider<ElasticStore> elastic) {
        var records = new DatabaseAuditSearch(manager, jdbc, PATIENCE, System::nanoTime);
        ElasticStore store = elastic.getIfAvailable();
        if (store == null) {
            return records;
        }
        var copies =
                new ElasticAuditSearch(
                        store.connection(Authority.READER).client(),
                        store.searchTarget(),
                        PATIENCE);
        return new FallbackAuditSearch(copies, records);
    }
}
