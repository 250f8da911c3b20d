package assay.web.serving;

import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import assay.inference.v1.Resumed;
import assay.inference.v1.Sampling;
import assay.scheduler.v1.Route;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.models.ModelCatalog;
import assay.web.models.RegisteredModel;
import assay.web.peer.PeerChannels;
import assay.web.serving.Steering.Constraint;
import io.grpc.Deadline;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/**
 * Sends a generation to the replica with the least under way, and to another one when its head is
 * lost. Thread-safe.
 */
@Component
class RoutedGeneration implements Generation {
    private final RouteWatch routes;
    private final RouteWait unrouted;
    private final PeerChannels channels;
    private final ModelCatalog catalog;
    private final Duration timeout;
    private final Duration resumeWithin;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    RoutedGeneration(
            RouteWatch routes,
            RouteWait unrouted,
            PeerChannels channels,
            ModelCatalog catalog,
            WebSettings settings,
            InstantSource clock) {
        this.routes = routes;
        this.unrouted = unrouted;
        this.channels = channels;
        this.catalog = catalog;
        this.timeout = settings.serving().generateTimeout();
        this.resumeWithin = settings.serving().resumeWithin();
        this.clock = clock;
    }

    @Override
    public AgentGenerationStream open(GenerateCommand command) {
        Caller caller = command.caller();
        // Who may verify may have the model asked for it: guests do nothing else.
        if (!caller.may(Permission.VERIFICATION_RUN)) {
            caller.require(Permission.INFERENCE_INVOKE);
        }
        RegisteredModel model = GenerateRules.model(catalog, command.model());
        caller.requireModel(model.name());
        if (command.maxTokens() < 1 || command.maxTokens() > model.contextLength()) {
            throw WebException.invalid(
                    "max_tokens",
                    command.maxTokens() + " (expected: 1.." + model.contextLength() + ")");
        }
        List<Route> candidates = routes.routes(model.name());
        long asked = System.nanoTime();
        if (candidates.isEmpty()) {
            candidates = unrouted.await(model.name());
        }
        Route route =
                routes.leastBusy(candidates)
                        .orElseThrow(() ->
                                new WebException(
                                        ErrorCode.NO_REPLICA,
                                        "no replica of " + model.name() + " takes requests now",
                                        Map.of(),
                                        AgentErrors.HEALING,
                                        null));
        return new AgentGenerationStream(
                new ServedModel(route.getModel(), route.getVersion(), route.getContextLength()),
                new HeadsOfOne(
                        request(command), Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS)),
                route,
                resumeWithin,
                Duration.ofNanos(System.nanoTime() - asked));
    }

    /** For one request, whose seed and deadline are the same wherever it goes. */
    private final class HeadsOfOne implements Heads {
        private final GenerateRequest request;
        private final Deadline deadline;

        HeadsOfOne(GenerateRequest request, Deadline deadline) {
            this.request = request;
            this.deadline = deadline;
        }

        @Override
        public HeadCall open(Route route, Resumed told) {
            AtomicInteger outstanding = routes.outstanding(route.getReplicaId());
            outstanding.incrementAndGet();
            var call = new HeadCall(route, outstanding::decrementAndGet);
            var here =
                    request.toBuilder()
                            .setReplicaId(route.getReplicaId())
                            .setEpoch(route.getEpoch());
            if (told.getIdsCount() > 0) {
                here.addResumed(told);
            }
            InferenceGrpc.newStub(channels.agent(route.getHeadAddress()))
                    .withDeadline(deadline)
                    .generate(here.build(), call);
            return call;
        }

        @Override
        public Optional<Route> other(Route lost) {
            return routes.leastBusy(
                    routes.routes(lost.getModel()).stream()
                            .filter(route -> route.getVersion().equals(lost.getVersion()))
                            .filter(route -> !sameHead(route, lost))
                            .toList());
        }

        @Override
        public boolean replaced(Route running) {
            return routes.routes(running.getModel()).stream()
                    .anyMatch(route ->
                            route.getReplicaId().equals(running.getReplicaId())
                                    && !route.getHeadAddress().equals(running.getHeadAddress()));
        }

        @Override
        public void tokenCame(Route from) {
            routes.tokenCame(from.getReplicaId(), clock.millis());
        }

        private static boolean sameHead(Route a, Route b) {
            return a.getReplicaId().equals(b.getReplicaId())
                    && a.getEpoch() <= b.getEpoch()
                    && a.getHeadAddress().equals(b.getHeadAddress());
        }
    }

    private GenerateRequest request(GenerateCommand command) {
        var request = GenerateRequest.newBuilder();
        switch (command.steering().constraint()) {
            case null -> request.clearConstraint();
            case Constraint.Regex(var pattern) -> request.setRegex(pattern);
            case Constraint.JsonSchema(var schema) -> request.setJsonSchema(schema);
            case Constraint.JsonObject() -> request.setJsonObject(true);
            case Constraint.Grammar(var rules) -> request.setGrammar(rules);
        }
        return request.setRequestId(command.requestId())
                .setPrompt(command.prompt())
                .setMaxTokens(command.maxTokens())
                .setTenant(command.caller().tenantId().toString())
                .setSampling(sampling(command))
                .addAllStopSequences(command.stopSequences())
                .setLogProbs(true)
                .setBatch(command.batch())
                .build();
    }

    private Sampling sampling(GenerateCommand command) {
        Long seed = command.seed();
        Steering steering = command.steering();
        return Sampling.newBuilder()
                .setTemperature(command.temperature())
                .setTopP(command.topP())
                .setTopK(command.topK())
                .setSeed(seed == null ? random.nextLong() : seed)
                .setMinP(steering.minP())
                .setRepetitionPenalty(steering.repetitionPenalty())
                .setPresencePenalty(steering.presencePenalty())
                .setFrequencyPenalty(steering.frequencyPenalty())
                .putAllLogitBias(steering.logitBias())
                .build();
    }
}
