package assay.audit.elastic;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * How far the copy is behind, as gauges. Whoever runs it calls {@link #measure} every few seconds,
 * on any one thread; scrapes read what was measured last.
 */
public final class AuditLag {
    private final JdbcClient jdbc;
    private final InstantSource clock;
    private volatile Measured last = new Measured(0, Duration.ZERO, 0);

    /**
     * What the queues hold.
     *
     * @param events records that are committed and not in Elasticsearch
     * @param age since the start of the oldest one's action
     * @param deadLetters records that Elasticsearch refused: above 0 is an alarm
     */
    public record Measured(long events, Duration age, long deadLetters) {}

    /**
     * Registers the gauges.
     *
     * @param dataSource logs in as assay_audit
     */
    public AuditLag(DataSource dataSource, InstantSource clock, MeterRegistry meters) {
        this.jdbc = JdbcClient.create(dataSource);
        this.clock = clock;
        Gauge.builder("assay.audit.lag.events", () -> last.events())
                .description("Records that are not in Elasticsearch yet")
                .register(meters);
        Gauge.builder("assay.audit.lag.seconds", () -> last.age().toMillis() / 1000.0)
                .description("Age of the oldest of them")
                .register(meters);
        Gauge.builder("assay.audit.dead.letters", () -> last.deadLetters())
                .description("Records that Elasticsearch refused for good")
                .register(meters);
    }

    /** Looks at the queues. */
    public Measured measure() {
        Instant now = clock.instant();
        Measured measured =
                jdbc.sql(
                                """
                                select count(*) as events, min(at) as oldest,
                                    (select count(*) from audit_dead_letters) as dead
                                from (select at from audit_unshipped
                                      union all select at from audit_unsealed) waiting
                                """)
                        .query((row, _) ->
                                new Measured(
                                        row.getLong("events"),
                                        Optional.ofNullable(
                                                        row.getObject(
                                                                "oldest", OffsetDateTime.class))
                                                .map(at -> age(at.toInstant(), now))
                                                .orElse(Duration.ZERO),
                                        row.getLong("dead")))
                        .single();
        last = measured;
        return measured;
    }

    private static Duration age(Instant at, Instant now) {
        Duration age = Duration.between(at, now);
        return age.isNegative() ? Duration.ZERO : age;
    }
}
