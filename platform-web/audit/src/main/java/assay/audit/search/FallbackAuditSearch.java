package assay.audit.search;

import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the copies, and the records themselves while the copies can not be asked. Thread-safe.
 *
 * @param copies in Elasticsearch
 * @param records in PostgreSQL, which has them all
 */
public record FallbackAuditSearch(AuditSearch copies, AuditSearch records) implements AuditSearch {
    private static final Logger LOG = LoggerFactory.getLogger(FallbackAuditSearch.class);

    @Override
    public AuditPage page(AuditQuery query, @Nullable AuditCursor after, int limit) {
        return ask(search -> search.page(query, after, limit));
    }

    @Override
    public AuditHistogram histogram(AuditQuery query) {
        return ask(search -> search.histogram(query));
    }

    @Override
    public List<String> actions(AuditScope scope, String prefix, int limit) {
        return ask(search -> search.actions(scope, prefix, limit));
    }

    /** What was written a moment ago has no copy yet. */
    @Override
    public Optional<AuditFound> find(AuditScope scope, UUID id) {
        Optional<AuditFound> copy = ask(search -> search.find(scope, id));
        return copy.isPresent() ? copy : records.find(scope, id);
    }

    private <T> T ask(Function<AuditSearch, T> question) {
        try {
            return question.apply(copies);
        } catch (UncheckedIOException | ElasticsearchException e) {
            LOG.warn("Elasticsearch did not answer; PostgreSQL is searched in its place", e);
            return question.apply(records);
        }
    }
}
