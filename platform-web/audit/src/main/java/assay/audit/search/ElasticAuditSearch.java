package assay.audit.search;

import assay.audit.AuditDocument;
import assay.audit.CanonicalForm;
import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.aggregations.DateHistogramBucket;
import co.elastic.clients.elasticsearch._types.aggregations.StringTermsBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.search.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Searches the copies in Elasticsearch. The tenant is a filter of every request that is made here;
 * nothing that a searcher says can take it out. Thread-safe.
 *
 * <p>Times count in whole milliseconds here: records of one millisecond stand in the order of their
 * ids.
 */
public final class ElasticAuditSearch implements AuditSearch {
    private static final String TIME = "@timestamp";
    private static final String RESULT = "audit.result";
    private static final List<String> TEXTS =
            List.of(
                    "event.action",
                    "user.name",
                    "audit.target.type",
                    "audit.target.id",
                    "audit.model.name",
                    "url.path",
                    "event.reason",
                    "user_agent.original");

    private final ElasticsearchClient client;
    private final String indices;
    private final Duration patience;

    /**
     * @param client whose key may read the indices; its mapper reads Jackson 3 trees
     * @param indices as a pattern: {@code audit-v1-*}
     * @param patience that a search may take
     */
    public ElasticAuditSearch(ElasticsearchClient client, String indices, Duration patience) {
        this.client = client;
        this.indices = indices;
        this.patience = patience;
    }

    @Override
    public AuditPage page(AuditQuery query, @Nullable AuditCursor after, int limit) {
        DatabaseAuditSearch.checkLimit(limit);
        SearchResponse<JsonNode> answer =
                search(request -> {
                    request.query(query(query))
                            .size(limit + 1)
                            .trackTotalHits(total -> total.enabled(false))
                            .sort(sort -> sort.field(f -> f.field(TIME).order(SortOrder.Desc)))
                            .sort(sort ->
                                    sort.field(f -> f.field("event.id").order(SortOrder.Asc)));
                    if (after != null) {
                        request.searchAfter(
                                FieldValue.of(after.at().toEpochMilli()),
                                FieldValue.of(after.id().toString()));
                    }
                    return request;
                });
        List<AuditFound> found = new ArrayList<>();
        for (Hit<JsonNode> each : answer.hits().hits()) {
            found.add(found(each));
        }
        if (found.size() <= limit) {
            return new AuditPage(found, null);
        }
        List<AuditFound> records = found.subList(0, limit);
        return new AuditPage(records, records.getLast().cursor());
    }

    /** By way of the text: so every digit of a number comes through, whatever mapper read it. */
    private static AuditFound found(Hit<JsonNode> hit) {
        JsonNode source = hit.source();
        if (source == null) {
            throw new IllegalStateException("a hit without its document: " + hit.id());
        }
        JsonNode document =
                AuditDocument.parse(CanonicalForm.text(source).getBytes(StandardCharsets.UTF_8));
        return new AuditFound(AuditDocument.row(document), AuditDocument.link(document));
    }

    @Override
    public AuditHistogram histogram(AuditQuery query) {
        Duration width = AuditHistogram.width(query.from(), query.to());
        SearchResponse<JsonNode> answer =
                search(request ->
                        request.query(query(query))
                                .size(0)
                                .aggregations(
                                        "time",
                                        time ->
                                                time.dateHistogram(h ->
                                                                h.field(TIME)
                                                                        .fixedInterval(i ->
                                                                                i.time(
                                                                                        width
                                                                                                        .toSeconds()
                                                                                                + "s"))
                                                                        .minDocCount(1))
                                                        .aggregations(
                                                                "results",
                                                                results ->
                                                                        results.terms(t ->
                                                                                t.field(RESULT)
                                                                                        .missing(
                                                                                                "")))));
        var counts = new HashMap<Instant, Map<String, Long>>();
        var time = answer.aggregations().get("time");
        if (time != null) {
            for (DateHistogramBucket bucket : time.dateHistogram().buckets().array()) {
                counts.put(Instant.ofEpochMilli(bucket.key()), results(bucket));
            }
        }
        return AuditHistogram.of(query, counts);
    }

    private static Map<String, Long> results(DateHistogramBucket bucket) {
        var counts = new HashMap<String, Long>();
        var results = bucket.aggregations().get("results");
        if (results != null) {
            for (StringTermsBucket each : results.sterms().buckets().array()) {
                counts.put(each.key().stringValue(), each.docCount());
            }
        }
        return counts;
    }

    @Override
    public List<String> actions(AuditScope scope, String prefix, int limit) {
        List<Query> filters = new ArrayList<>();
        tenant(filters, scope);
        if (!prefix.isEmpty()) {
            filters.add(Query.of(q -> q.prefix(p -> p.field("event.action").value(prefix))));
        }
        SearchResponse<JsonNode> answer =
                search(request ->
                        request.query(q -> q.bool(b -> b.filter(filters)))
                                .size(0)
                                .aggregations(
                                        "actions",
                                        a -> a.terms(t -> t.field("event.action").size(1000))));
        var actions = answer.aggregations().get("actions");
        return actions == null
                ? List.of()
                : actions.sterms().buckets().array().stream()
                        .map(each -> each.key().stringValue())
                        .sorted()
                        .limit(limit)
                        .toList();
    }

    @Override
    public Optional<AuditFound> find(AuditScope scope, UUID id) {
        List<Query> filters = new ArrayList<>();
        tenant(filters, scope);
        filters.add(term("event.id", id.toString()));
        SearchResponse<JsonNode> answer =
                search(request -> request.query(q -> q.bool(b -> b.filter(filters))).size(1));
        return answer.hits().hits().stream().findFirst().map(ElasticAuditSearch::found);
    }

    private SearchResponse<JsonNode> search(UnaryOperator<SearchRequest.Builder> made) {
        try {
            var answer =
                    client.search(
                            made.apply(
                                            new SearchRequest.Builder()
                                                    .index(indices)
                                                    .ignoreUnavailable(true)
                                                    .allowNoIndices(true)
                                                    .allowPartialSearchResults(false)
                                                    .timeout(patience.toMillis() + "ms"))
                                    .build(),
                            JsonNode.class);
            if (answer.timedOut()) {
                throw new TooWideException(
                        new IOException("Elasticsearch took longer than " + patience));
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the search in Elasticsearch", e);
        }
    }

    private static Query query(AuditQuery query) {
        List<Query> filters = new ArrayList<>();
        tenant(filters, query.scope());
        filters.add(
                Query.of(q ->
                        q.range(r ->
                                r.date(d ->
                                        d.field(TIME)
                                                .gte(query.from().toString())
                                                .lt(query.to().toString())))));
        if (query.actor() != null) {
            filters.add(either(term("user.id", query.actor()), term("user.name", query.actor())));
        }
        String prefix = query.actionPrefix();
        if (prefix != null) {
            filters.add(Query.of(q -> q.prefix(p -> p.field("event.action").value(prefix))));
        } else {
            add(filters, "event.action", query.action());
        }
        add(filters, "audit.target.type", query.objectType());
        add(filters, "audit.target.id", query.objectId());
        add(filters, "audit.model.name", query.model());
        add(filters, RESULT, query.outcome());
        add(filters, "source.ip", query.source());
        add(filters, "http.request.id", query.request());
        if (query.text() != null) {
            String pattern = "*" + escaped(query.text()) + "*";
            filters.add(
                    either(
                            TEXTS.stream()
                                    .map(each -> contains(each, pattern))
                                    .toArray(Query[]::new)));
        }
        return Query.of(q -> q.bool(b -> b.filter(filters)));
    }

    private static void tenant(List<Query> filters, AuditScope scope) {
        switch (scope) {
            case AuditScope.Everybody _ -> {}
            case AuditScope.Tenant one -> filters.add(term("organization.id", one.id().toString()));
        }
    }

    private static void add(List<Query> filters, String field, @Nullable String value) {
        if (value != null) {
            filters.add(term(field, value));
        }
    }

    private static Query term(String field, String value) {
        return Query.of(q -> q.term(t -> t.field(field).value(value)));
    }

    private static Query contains(String field, String pattern) {
        return Query.of(q -> q.wildcard(w -> w.field(field).value(pattern).caseInsensitive(true)));
    }

    private static Query either(Query... queries) {
        return Query.of(q -> q.bool(b -> b.should(List.of(queries)).minimumShouldMatch("1")));
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?");
    }
}
