package assay.web.serving;

import assay.scheduler.v1.Route;
import assay.web.WebSettings;
import assay.web.models.ModelCatalog;
import assay.web.models.RegisteredModel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/**
 * Whether a request would be answered: the default model has a replica, and a token came through
 * all its stages lately; or it rests, and a request wakes it. Thread-safe.
 */
@Component
class Readiness {
    private final RouteWatch routes;
    private final ModelCatalog catalog;
    private final InstantSource clock;
    private final Duration within;
    private final List<Consumer<Boolean>> listeners = new CopyOnWriteArrayList<>();

    Readiness(
            RouteWatch routes,
            ModelCatalog catalog,
            ClusterWatch cluster,
            InstantSource clock,
            WebSettings settings) {
        this.routes = routes;
        this.catalog = catalog;
        this.clock = clock;
        this.within = settings.serving().readyWithin();
        // The picture comes every two seconds at least: often enough to look again.
        AutoCloseable _ = cluster.subscribe(_ -> tell());
    }

    /** Why it is not ready, in words; empty when it is. */
    Optional<String> why() {
        Optional<RegisteredModel> model = catalog.find(null);
        if (model.isEmpty()) {
            return Optional.of("no default model is registered");
        }
        List<Route> candidates = routes.routes(model.get().name());
        if (candidates.isEmpty() && routes.connected() && routes.rests(model.get().name())) {
            return Optional.empty();
        }
        if (candidates.isEmpty()) {
            return Optional.of(
                    "no replica of "
                            + model.get().name()
                            + (routes.connected()
                                    ? " takes requests"
                                    : ": the scheduler can not be reached"));
        }
        long newest = candidates.stream().mapToLong(routes::lastTokenMillis).max().orElse(0);
        if (newest == 0) {
            return Optional.of("no token has come through all stages yet");
        }
        long ageMillis = clock.millis() - newest;
        return ageMillis <= within.toMillis()
                ? Optional.empty()
                : Optional.of(
                        "no token has come through all stages for "
                                + ageMillis / 1000
                                + " s (expected: within "
                                + within.toSeconds()
                                + " s)");
    }

    /** Calls the listener at once and whenever the answer is looked at anew. */
    void onChange(Consumer<Boolean> listener) {
        listeners.add(listener);
        tell();
    }

    private void tell() {
        boolean ready = why().isEmpty();
        listeners.forEach(listener -> listener.accept(ready));
    }
}
