package assay.web.identity;

import assay.web.tenancy.DatabaseWatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Callers of earlier calls with the rights that they have now: for work that goes on after its
 * call, and must stop when its key is revoked. Thread-safe; an answer is kept for some seconds.
 */
@Component
public class StandingCallers {
    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final int REMEMBERED = 1_000;

    private final ApiKeys keys;
    private final KeyCallers callers;
    private final Rights rights;
    private final DatabaseWatch watch;
    private final InstantSource clock;
    private final Map<Name, Answer> answers =
            new LinkedHashMap<>(16, 0.75f, true) { // guarded by itself
                @Override
                protected boolean removeEldestEntry(Map.Entry<Name, Answer> eldest) {
                    return size() > REMEMBERED;
                }
            };

    StandingCallers(
            ApiKeys keys,
            KeyCallers callers,
            Rights rights,
            DatabaseWatch watch,
            InstantSource clock) {
        this.keys = keys;
        this.callers = callers;
        this.rights = rights;
        this.watch = watch;
        this.clock = clock;
    }

    private record Name(UUID tenantId, Caller.Kind kind, UUID id) {}

    private record Answer(Instant at, Optional<Caller> caller) {}

    /**
     * The caller as he stands now; empty when his key is no longer good, his account is closed, or
     * he was a guest, who does not outlast his browser's session.
     *
     * @throws assay.web.WebException DATABASE_AWAY
     */
    public Optional<Caller> find(UUID tenantId, Caller.Kind kind, UUID id) {
        var name = new Name(tenantId, kind, id);
        @Nullable Answer known;
        synchronized (answers) {
            known = answers.get(name);
        }
        Instant now = clock.instant();
        if (known != null && known.at().plus(KEPT).isAfter(now)) {
            return known.caller();
        }
        var caller = read(name);
        synchronized (answers) {
            answers.put(name, new Answer(now, caller));
        }
        return caller;
    }

    private Optional<Caller> read(Name name) {
        try {
            return switch (name.kind()) {
                case API_KEY ->
                        keys.find(name.tenantId(), name.id())
                                .flatMap(key -> callers.caller(key, null, null));
                case USER ->
                        rights.find(name.tenantId(), name.id())
                                .map(standing -> Caller.person(standing, null, null));
                case GUEST -> Optional.empty();
            };
        } catch (RuntimeException e) {
            throw watch.lost(e) ? DatabaseWatch.unavailable(e) : e;
        }
    }
}
