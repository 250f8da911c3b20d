package assay.web.serving;

import assay.web.ErrorCode;
import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.audit.AuditContents;
import assay.web.audit.AuditEvent;
import assay.web.audit.AuditLog;
import assay.web.http.Problems;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.Admission;
import assay.web.limits.Admissions;
import assay.web.limits.Need;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Carries a generate call from its check to its record, the same for REST and gRPC: rights,
 * generation, figures, one audit row whatever the outcome. Thread-safe; a call blocks its thread.
 */
@Component
class GenerateCalls {
    private static final Logger LOG = LoggerFactory.getLogger(GenerateCalls.class);

    /** How soon a client that has left is noticed while no token comes. */
    private static final Duration LOOK = Duration.ofMillis(20);

    /** What web servers log when the client closed the request. */
    private static final int CLIENT_GONE = 499;

    private final RoutedGeneration generation;
    private final Admissions admissions;
    private final AuditLog audit;
    private final AuditContents contents;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final Timer overhead;
    private final Counter promptTokens;
    private final Counter completionTokens;

    GenerateCalls(
            RoutedGeneration generation,
            Admissions admissions,
            AuditLog audit,
            AuditContents contents,
            InstantSource clock,
            MeterRegistry meters) {
        this.generation = generation;
        this.admissions = admissions;
        this.audit = audit;
        this.contents = contents;
        this.clock = clock;
        this.meters = meters;
        this.overhead =
                Timer.builder("assay_gateway_overhead")
                        .description("Time of a generate call not spent waiting for the replica")
                        .publishPercentileHistogram()
                        .minimumExpectedValue(Duration.ofNanos(100_000))
                        .maximumExpectedValue(Duration.ofSeconds(10))
                        .register(meters);
        this.promptTokens = Counter.builder("assay_gateway_prompt_tokens").register(meters);
        this.completionTokens = Counter.builder("assay_gateway_generation_tokens").register(meters);
    }

    /**
     * A call at a public face.
     *
     * @param method as HTTP names it; gRPC's is POST
     */
    record Edge(Caller caller, String requestId, String method, String path) {}

    /** Reads and checks the request; what it throws is recorded as the call's outcome. */
    interface Parse {
        GenerateCommand command() throws IOException;
    }

    /** The client has left; not an error of anybody's. */
    private static final class ClientGoneException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** What is known of a call as it goes on. Confined to its thread. */
    private static final class Progress {
        final long startNanos = System.nanoTime();
        final Instant at;
        @Nullable GenerateCommand command;
        AuditContents.@Nullable Keeping kept;
        @Nullable AgentGenerationStream stream;
        WebException.@Nullable Limit limit;
        boolean recorded;

        Progress(Instant at) {
            this.at = at;
        }
    }

    /**
     * Runs the call to its end.
     *
     * @throws WebException what the face shall answer; the record is written
     */
    void run(Edge edge, Parse parse, GenerateAnswer answer) {
        var progress = new Progress(clock.instant());
        try {
            edge.caller().require(Permission.INFERENCE_INVOKE);
            GenerateCommand command = parse.command();
            progress.command = command;
            progress.kept =
                    contents.begin(edge.caller().tenantId(), command.prompt(), command.maxTokens());
            try (Admission admission =
                    admissions.generation(
                            edge.caller(),
                            command.model(),
                            command.prompt(),
                            command.maxTokens())) {
                answer.admitted(admission);
                generate(edge, progress, command, admission, answer);
            }
            count(progress, "success");
        } catch (ClientGoneException | IOException e) {
            LOG.debug("the client has left", e);
            record(edge, progress, AuditEvent.Outcome.FAILURE, CLIENT_GONE, "CLIENT_GONE");
            count(progress, "cancelled");
        } catch (WebException e) {
            refuse(edge, progress, e);
            throw e;
        } catch (RuntimeException e) {
            var ours =
                    new WebException(
                            ErrorCode.INTERNAL,
                            "an error of ours; the log has it",
                            Map.of(),
                            null,
                            e);
            refuse(edge, progress, ours);
            throw ours;
        }
    }

    private void generate(
            Edge edge,
            Progress progress,
            GenerateCommand command,
            Admission admission,
            GenerateAnswer answer)
            throws IOException, ClientGoneException {
        try (AgentGenerationStream stream = generation.open(command)) {
            progress.stream = stream;
            try {
                pass(stream, admission, kept(progress, answer));
            } catch (ClientGoneException | IOException e) {
                admission.settle(used(stream)); // who leaves early has asked all the same
                throw e;
            } finally {
                if (stream.completionTokens() > 0) {
                    admission.settle(used(stream));
                }
            }
            admission.settle(used(stream)); // an answer may be empty
            record(edge, progress, AuditEvent.Outcome.SUCCESS, 200, null);
            answer.finished(stream.model(), stream.end());
        }
    }

    /** What is passed on is noted for the record before. */
    private static GenerateAnswer kept(Progress progress, GenerateAnswer answer) {
        AuditContents.Keeping kept = progress.kept;
        return kept == null ? answer : new KeptAnswer(answer, kept);
    }

    private static Need used(AgentGenerationStream stream) {
        return new Need(1, 0, stream.promptTokens(), stream.completionTokens(), 0);
    }

    private static void pass(
            AgentGenerationStream stream, Admission admission, GenerateAnswer answer)
            throws IOException, ClientGoneException {
        boolean counted = false;
        while (true) {
            boolean ready;
            do {
                ready = stream.await(LOOK);
                if (answer.gone()) {
                    throw new ClientGoneException();
                }
            } while (!ready);
            var chunk = stream.next();
            if (chunk.isEmpty()) {
                if (stream.end().finishReason().equals("cancelled")) {
                    throw new ClientGoneException();
                }
                return;
            }
            if (!counted) {
                counted = true;
                admission.inputKnown(stream.promptTokens());
            }
            answer.chunk(chunk.get());
        }
    }

    private void refuse(Edge edge, Progress progress, WebException error) {
        boolean denied =
                error.code().kind() == ErrorKind.FORBIDDEN
                        || error.code().kind() == ErrorKind.LIMIT;
        error.limit().ifPresent(limit -> progress.limit = limit);
        record(
                edge,
                progress,
                denied ? AuditEvent.Outcome.DENIED : AuditEvent.Outcome.FAILURE,
                Problems.status(error.code()),
                error.code().name());
        count(progress, denied ? "denied" : "failure");
    }

    private void count(Progress progress, String outcome) {
        meters.counter("assay_generate_requests", "outcome", outcome).increment();
        AgentGenerationStream stream = progress.stream;
        if (stream != null) {
            promptTokens.increment(stream.promptTokens());
            completionTokens.increment(stream.completionTokens());
            overhead.record(
                    Duration.ofNanos(
                            Math.max(
                                    0,
                                    System.nanoTime()
                                            - progress.startNanos
                                            - stream.waitedNanos())));
        }
    }

    private void record(
            Edge edge,
            Progress progress,
            AuditEvent.Outcome outcome,
            int status,
            @Nullable String reason) {
        if (progress.recorded) {
            return; // the answer was made; that it could not be delivered changes nothing
        }
        progress.recorded = true;
        GenerateCommand command = progress.command;
        AgentGenerationStream stream = progress.stream;
        Map<String, Object> details = new HashMap<>();
        if (command != null) {
            details.put("max_tokens", command.maxTokens());
        }
        AuditContents.Keeping kept = progress.kept;
        if (kept != null) {
            kept.describe(details);
        }
        WebException.Limit limit = progress.limit;
        if (limit != null) {
            details.put("limit", limit.name());
            details.put("limit_of", limit.whose());
        }
        if (stream != null) {
            details.put("prompt_tokens", stream.promptTokens());
            details.put("completion_tokens", stream.completionTokens());
        }
        ServedModel model = stream == null ? null : stream.model();
        String asked = command == null ? null : command.model();
        String name = model == null ? asked : model.name();
        audit.record(
                new AuditEvent(
                        progress.at,
                        edge.caller(),
                        "inference.generate",
                        "model",
                        name == null ? "" : name,
                        name,
                        model == null ? null : model.version(),
                        edge.method(),
                        edge.path(),
                        outcome,
                        status,
                        reason,
                        Duration.ofNanos(System.nanoTime() - progress.startNanos),
                        edge.requestId(),
                        details),
                kept == null ? null : kept.seal());
    }
}
