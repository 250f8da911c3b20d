package assay.web.serving;

import assay.scheduler.v1.RestingModel;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.models.ModelCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Generations of batch jobs. An item has the fields of a REST request and goes the same way: same
 * checks, same rights, same record, but on its replica it gives way to whoever waits. Thread-safe.
 */
@Component
public class BatchGeneration {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final GenerateCalls calls;
    private final ModelCatalog catalog;
    private final RouteWatch routes;

    BatchGeneration(GenerateCalls calls, ModelCatalog catalog, RouteWatch routes) {
        this.calls = calls;
        this.catalog = catalog;
        this.routes = routes;
    }

    /** The models that a replica answers for just now, or would if it were asked. */
    public Set<String> servedModels() {
        RouteTable table = routes.table();
        return Stream.concat(
                        table.getRoutesList().stream().map(Route::getModel),
                        table.getRestingList().stream().map(RestingModel::getModel))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * An item as far as it can be judged before it runs.
     *
     * @throws WebException PERMISSION_DENIED, MODEL_UNKNOWN, INVALID_REQUEST with each wrong field
     */
    public void check(Caller caller, JsonNode item) {
        caller.require(Permission.INFERENCE_INVOKE);
        command(GenerateBody.of(item), caller, "");
    }

    /**
     * Runs an item to its end; blocks.
     *
     * @param path what the record says was called
     * @param gone asked again and again: whether nobody wants the answer any more
     * @return the answer; empty when it was given up because of {@code gone}
     * @throws WebException what an interactive caller would have been answered
     */
    public Optional<BatchAnswer> run(
            Caller caller, JsonNode item, String requestId, String path, BooleanSupplier gone) {
        var answer = new Collected(requestId, gone);
        calls.run(
                new GenerateCalls.Edge(caller, requestId, "BATCH", path),
                () -> {
                    GenerateBody body = GenerateBody.of(item);
                    answer.withLogProbs = body.logProbs();
                    return command(body, caller, requestId).asBatch();
                },
                answer);
        return Optional.ofNullable(answer.whole);
    }

    private GenerateCommand command(GenerateBody body, Caller caller, String requestId) {
        Map<String, String> wrong = new HashMap<>(body.wrong());
        if (body.stream()) {
            wrong.put("stream", "true (expected: false, a job's results are fetched)");
        }
        return GenerateRules.check(body.asked(), wrong, catalog, caller, requestId);
    }

    /** Puts an answer together. Confined to the item's thread. */
    private static final class Collected implements GenerateAnswer {
        private final String requestId;
        private final BooleanSupplier gone;
        private final StringBuilder output = new StringBuilder();
        private final List<Float> logProbs = new ArrayList<>();
        private boolean withLogProbs;
        private @Nullable BatchAnswer whole;

        Collected(String requestId, BooleanSupplier gone) {
            this.requestId = requestId;
            this.gone = gone;
        }

        @Override
        public boolean gone() {
            return gone.getAsBoolean();
        }

        @Override
        public void chunk(GenerationChunk chunk) {
            output.append(chunk.text());
            if (withLogProbs) {
                for (float logProb : chunk.logProbs()) {
                    logProbs.add(logProb);
                }
            }
        }

        @Override
        public void finished(ServedModel model, GenerationEnd end) {
            var json =
                    GenerateJson.of(
                            output.toString(),
                            withLogProbs ? logProbs : null,
                            model,
                            end,
                            requestId);
            whole =
                    new BatchAnswer(
                            JSON.writeValueAsString(json),
                            (long) end.promptTokens() + end.completionTokens());
        }
    }
}
