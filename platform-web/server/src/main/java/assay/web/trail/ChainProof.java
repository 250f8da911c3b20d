package assay.web.trail;

import assay.audit.chain.ChainBreak;
import assay.audit.chain.ChainReport;
import assay.audit.search.AuditScope;
import assay.web.audit.pipeline.AuditPipeline;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Checks of the whole chain, told to each scope as far as it is its own: a tenant hears of its
 * records and of days as a whole, never of another's. One check runs at a time. Thread-safe.
 */
@Component
@ConditionalOnProperty("assay.web.audit.database-password")
class ChainProof implements AuditProof {
    private static final Logger LOG = LoggerFactory.getLogger(ChainProof.class);

    private final AuditPipeline pipeline;
    private final InstantSource clock;
    private final Map<AuditScope, Check> checks = new ConcurrentHashMap<>();

    ChainProof(AuditPipeline pipeline, InstantSource clock) {
        this.pipeline = pipeline;
        this.clock = clock;
    }

    @Override
    public Check start(AuditScope scope) {
        return checks.compute(
                scope,
                (_, last) -> {
                    if (last != null && last.phase() == Phase.RUNNING) {
                        return last;
                    }
                    Instant now = clock.instant();
                    Thread.ofVirtual().name("audit-check").start(() -> check(scope, now));
                    return new Check(Phase.RUNNING, 0, 0, now, null, null, null);
                });
    }

    private void check(AuditScope scope, Instant began) {
        Check result;
        try {
            result = told(scope, began, pipeline.check());
        } catch (SQLException | RuntimeException e) {
            LOG.warn("the audit chain could not be checked", e);
            result =
                    new Check(
                            Phase.FAILED,
                            0,
                            0,
                            began,
                            clock.instant(),
                            "the check could not be done; the gateway's log says why",
                            null);
        }
        checks.put(scope, result);
    }

    private Check told(AuditScope scope, Instant began, ChainReport report) {
        Optional<ChainBreak> first =
                report.breaks().stream().filter(it -> concerns(it, scope)).findFirst();
        return new Check(
                first.isEmpty() ? Phase.INTACT : Phase.BROKEN,
                report.records(),
                report.records(),
                began,
                clock.instant(),
                first.map(ChainProof::words).orElse(null),
                first.map(ChainBreak::id).map(Object::toString).orElse(null));
    }

    private static boolean concerns(ChainBreak it, AuditScope scope) {
        return switch (scope) {
            case AuditScope.Everybody _ -> true;
            case AuditScope.Tenant(var id) -> it.tenant() == null || it.tenant().equals(id);
        };
    }

    private static String words(ChainBreak it) {
        String place = it.sequence() > 0 ? ", place " + it.sequence() : "";
        String day = it.day() == null ? "" : ", day " + it.day();
        return "%s in %s%s%s: %s".formatted(it.kind(), it.place(), place, day, it.what());
    }

    @Override
    public Optional<Check> last(AuditScope scope) {
        return Optional.ofNullable(checks.get(scope));
    }
}
