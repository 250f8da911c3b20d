package assay.audit.elastic;

import assay.audit.DayCopy;
import assay.audit.elastic.ElasticSettings.Layout;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.Time;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.OpenPointInTimeResponse;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.elasticsearch.indices.IndexSettingBlocks;
import co.elastic.clients.elasticsearch.indices.IndexSettings;
import co.elastic.clients.elasticsearch.indices.IndexState;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Whole days in Elasticsearch. Of a data stream days can be counted and read; sealing and deleting
 * them is its lifecycle's, so that a day there counts as sealed and is never deleted from here.
 */
public final class ElasticDayCopy implements DayCopy {
    private static final int PAGE = 1_000;
    private static final Time KEEP = Time.of(time -> time.time("2m"));

    private final ElasticConnection deleter;
    private final ElasticConnection reader;
    private final AuditIndices indices;

    ElasticDayCopy(ElasticConnection deleter, ElasticConnection reader, AuditIndices indices) {
        this.deleter = deleter;
        this.reader = reader;
        this.indices = indices;
    }

    private interface Request<T> {
        T send() throws IOException;
    }

    /** What a request brings; empty where the day has no index. */
    private static <T> Optional<T> ask(String what, Request<T> request) {
        try {
            return Optional.of(request.send());
        } catch (ElasticsearchException e) {
            if (e.status() == 404) {
                return Optional.empty();
            }
            throw new CopyUnavailable(what + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CopyUnavailable(what + ": " + e.getMessage(), e);
        }
    }

    @Override
    public long count(LocalDate day) {
        String name = indices.of(day);
        return ask(
                        "count of " + name,
                        () -> {
                            deleter.client().indices().refresh(r -> r.index(name));
                            return deleter.client()
                                    .count(c -> c.index(name).query(ofDay(day)))
                                    .count();
                        })
                .orElse(0L);
    }

    private static Query ofDay(LocalDate day) {
        return Query.of(query ->
                query.range(range ->
                        range.date(date ->
                                date.field("@timestamp")
                                        .gte(day.toString())
                                        .lt(day.plusDays(1).toString()))));
    }

    @Override
    public boolean isSealed(LocalDate day) {
        if (indices.layout() == Layout.DATA_STREAM) {
            return true;
        }
        String name = indices.of(day);
        return ask(
                        "settings of " + name,
                        () -> deleter.client().indices().getSettings(s -> s.index(name)))
                .map(answer -> answer.settings().get(name))
                .map(ElasticDayCopy::isWriteBlocked)
                .orElse(true);
    }

    private static boolean isWriteBlocked(IndexState state) {
        IndexSettings settings = state.settings();
        IndexSettings inner = settings == null ? null : settings.index();
        IndexSettingBlocks blocks = inner == null ? null : inner.blocks();
        return blocks != null && Boolean.TRUE.equals(blocks.write());
    }

    @Override
    public void seal(LocalDate day) {
        block(day, true);
    }

    /** Takes records of that day again. */
    void open(LocalDate day) {
        block(day, false);
    }

    private void block(LocalDate day, boolean write) {
        if (indices.layout() == Layout.DATA_STREAM) {
            return;
        }
        String name = indices.of(day);
        var _ =
                ask(
                        (write ? "sealing of " : "opening of ") + name,
                        () ->
                                deleter.client()
                                        .indices()
                                        .putSettings(put ->
                                                put.index(name)
                                                        .settings(s ->
                                                                s.blocks(b -> b.write(write)))));
    }

    @Override
    public void delete(LocalDate day) {
        if (indices.layout() == Layout.DATA_STREAM) {
            return;
        }
        if (!isSealed(day)) {
            throw new IllegalStateException(
                    indices.of(day) + " is not sealed (expected: seal and count before deleting)");
        }
        String name = indices.of(day);
        var _ =
                ask(
                        "deletion of " + name,
                        () -> deleter.client().indices().delete(d -> d.index(name)));
    }

    @Override
    public void scan(LocalDate day, Consumer<JsonNode> documents) {
        pages(
                day,
                true,
                hit -> {
                    JsonNode source = hit.source();
                    if (source != null) {
                        documents.accept(source);
                    }
                });
    }

    /** The ids of the day's documents, ascending. */
    void scanIds(LocalDate day, Consumer<String> ids) {
        pages(day, false, hit -> ids.accept(String.valueOf(hit.id())));
    }

    /**
     * Page by page behind the last one, over a view that has all that was acknowledged until now
     * and does not move meanwhile.
     */
    private void pages(LocalDate day, boolean source, Consumer<Hit<JsonNode>> hits) {
        String name = indices.of(day);
        Optional<OpenPointInTimeResponse> view =
                ask(
                        "reading of " + name,
                        () -> {
                            deleter.client().indices().refresh(r -> r.index(name));
                            return reader.client()
                                    .openPointInTime(p -> p.index(name).keepAlive(KEEP));
                        });
        if (view.isEmpty()) {
            return;
        }
        String id = view.get().id();
        try {
            List<FieldValue> after = List.of();
            while (true) {
                var from = after;
                SearchResponse<JsonNode> page =
                        ask("reading of " + name, () -> page(id, day, source, from)).orElseThrow();
                List<Hit<JsonNode>> found = page.hits().hits();
                found.forEach(hits);
                if (found.size() < PAGE) {
                    return;
                }
                after = found.getLast().sort();
            }
        } finally {
            var _ = ask("end of reading", () -> reader.client().closePointInTime(p -> p.id(id)));
        }
    }

    private SearchResponse<JsonNode> page(
            String view, LocalDate day, boolean source, List<FieldValue> after) throws IOException {
        return reader.client()
                .search(
                        search -> {
                            search.pit(p -> p.id(view).keepAlive(KEEP))
                                    .query(ofDay(day))
                                    .sort(s ->
                                            s.field(f -> f.field("event.id").order(SortOrder.Asc)))
                                    .source(s -> s.fetch(source))
                                    .trackTotalHits(t -> t.enabled(false))
                                    .size(PAGE);
                            return after.isEmpty() ? search : search.searchAfter(after);
                        },
                        JsonNode.class);
    }
}
