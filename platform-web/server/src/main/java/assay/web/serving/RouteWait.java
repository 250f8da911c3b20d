package assay.web.serving;

import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.WakeRequest;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.peer.SchedulerCalls;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Where requests wait whose model has no replica at the moment: it rests at zero and is woken, or
 * it heals. Only for models that a deployment runs; for others waiting is no use. Thread-safe.
 */
@Component
class RouteWait {
    private static final Logger LOG = LoggerFactory.getLogger(RouteWait.class);

    /** Each waiting request holds its body; more than these are refused. */
    private static final int MOST = 1_000;

    private static final Duration ASKED_FOR = Duration.ofSeconds(2);

    /** What the scheduler said about a model, and when. */
    private record Said(long nanos, boolean deployed) {}

    private final RouteWatch routes;
    private final SchedulerCalls scheduler;
    private final Duration patience;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<String, Said> said = new ConcurrentHashMap<>();

    RouteWait(
            RouteWatch routes,
            SchedulerCalls scheduler,
            WebSettings settings,
            MeterRegistry meters) {
        this.routes = routes;
        this.scheduler = scheduler;
        this.patience = settings.serving().routeWithin();
        Gauge.builder("assay_gateway_requests_unrouted", waiting, AtomicInteger::get)
                .description("Requests that wait for a replica of their model")
                .register(meters);
    }

    /**
     * Blocks until a replica answers for the model.
     *
     * @return empty when none will, or none did in time
     * @throws WebException QUEUE_FULL when too many wait already
     */
    List<Route> await(String model) {
        if (waiting.incrementAndGet() > MOST) {
            waiting.decrementAndGet();
            throw new WebException(
                    ErrorCode.QUEUE_FULL,
                    "more than " + MOST + " requests wait for a replica",
                    Map.of(),
                    AgentErrors.HEALING,
                    null);
        }
        try {
            long end = System.nanoTime() + patience.toNanos();
            List<Route> found = List.of();
            while (found.isEmpty() && end - System.nanoTime() > 0 && isDeployed(model)) {
                long left = Math.min(end - System.nanoTime(), ASKED_FOR.toNanos());
                found = routes.await(model, Duration.ofNanos(Math.max(left, 1)));
            }
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            waiting.decrementAndGet();
        }
    }

    /** Tells the scheduler that requests wait; one call for all of them. */
    private boolean isDeployed(String model) {
        Said answer =
                said.compute(
                        model,
                        (_, before) -> {
                            boolean fresh =
                                    before != null
                                            && System.nanoTime() - before.nanos()
                                                    < ASKED_FOR.toNanos();
                            return fresh ? before : new Said(System.nanoTime(), wake(model));
                        });
        return answer != null && answer.deployed();
    }

    private boolean wake(String model) {
        try {
            var _ =
                    scheduler.ask(
                            DeploymentsGrpc::newBlockingStub,
                            stub -> stub.wake(WakeRequest.newBuilder().setModel(model).build()));
            return true;
        } catch (WebException e) {
            LOG.debug("nothing will answer for {}: {}", model, e.getMessage());
            return false;
        }
    }
}
