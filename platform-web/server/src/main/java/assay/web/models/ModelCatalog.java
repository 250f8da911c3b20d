package assay.web.models;

import assay.web.tenancy.DatabaseWatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The registered models, as the database has them. Thread-safe. Read again when they are older than
 * a few seconds, so that a request costs no query and another copy's change is seen soon. While the
 * database is gone they stay as they were read last.
 */
@Component
public class ModelCatalog {
    private static final Duration KEPT = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final DatabaseWatch watch;
    private final InstantSource clock;
    private volatile Read last = new Read(Instant.MIN, List.of());

    ModelCatalog(JdbcClient jdbc, DatabaseWatch watch, InstantSource clock) {
        this.jdbc = jdbc;
        this.watch = watch;
        this.clock = clock;
    }

    private record Read(Instant at, List<RegisteredModel> models) {}

    /** All versions, the newest of each model first. */
    public List<RegisteredModel> all() {
        Read read = last;
        if (read.at().isAfter(clock.instant().minus(KEPT))) {
            return read.models();
        }
        return refresh();
    }

    /**
     * The version that answers for a name.
     *
     * @param name null for the default model
     */
    public Optional<RegisteredModel> find(@Nullable String name) {
        Optional<RegisteredModel> found = pick(all(), name);
        // What was registered a moment ago must be there at once.
        return found.isPresent() ? found : pick(refresh(), name);
    }

    private static Optional<RegisteredModel> pick(
            List<RegisteredModel> models, @Nullable String name) {
        return models.stream()
                .filter(model -> name == null ? model.isDefault() : model.name().equals(name))
                .findFirst();
    }

    /** At most one query at a time, and none when another thread has just made one. */
    synchronized List<RegisteredModel> refresh() {
        Read read = last;
        if (read.at().isAfter(clock.instant().minusMillis(200))) {
            return read.models();
        }
        boolean everRead = !read.at().equals(Instant.MIN);
        if (everRead && watch.away()) {
            return read.models();
        }
        try {
            List<RegisteredModel> models = query();
            last = new Read(clock.instant(), models);
            return models;
        } catch (RuntimeException e) {
            if (!watch.lost(e)) {
                throw e;
            }
            if (!everRead) {
                throw DatabaseWatch.unavailable(e);
            }
            return read.models();
        }
    }

    private List<RegisteredModel> query() {
        return jdbc.sql(
                        """
                        select m.name, v.version, v.context_length, v.is_default,
                            extract(epoch from v.created_at)::bigint
                        from model_versions v join models m on m.id = v.model_id
                        order by m.name, v.is_default desc, v.created_at desc
                        """)
                .query((row, _) ->
                        new RegisteredModel(
                                row.getString(1),
                                row.getString(2),
                                row.getInt(3),
                                row.getBoolean(4),
                                row.getLong(5)))
                .list();
    }
}
