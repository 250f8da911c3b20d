package assay.agent.check;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.CheckerGrpc;
import assay.check.v1.Outcome;
import assay.check.v1.Phase;
import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code assay.check.v1.Checker}: a verdict is an answer, being busy is an error. A caller that
 * hangs up ends its check. Runs each check on a virtual thread of its own. Thread-safe.
 */
public final class CheckerService extends CheckerGrpc.CheckerImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(CheckerService.class);

    private final CoqInstallation coq;
    private final CheckGate gate;
    private final ExecutorService threads;
    private final LongSupplier nanoTicker;

    CheckerService(
            CoqInstallation coq, CheckGate gate, ExecutorService threads, LongSupplier nanoTicker) {
        this.coq = coq;
        this.gate = gate;
        this.threads = threads;
        this.nanoTicker = nanoTicker;
    }

    @Override
    public void check(CheckRequest request, StreamObserver<CheckReply> observer) {
        Future<?> work = threads.submit(() -> answer(request, observer));
        if (observer instanceof ServerCallStreamObserver<CheckReply> call) {
            call.setOnCancelHandler(() -> work.cancel(true));
        }
    }

    private void answer(CheckRequest request, StreamObserver<CheckReply> observer) {
        try {
            CheckReply reply = reply(request);
            LOG.info(
                    "check {}: {} in {} ms",
                    request.getRequestId(),
                    reply.getOutcome(),
                    reply.getDurationMillis());
            observer.onNext(reply);
            observer.onCompleted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            observer.onError(error(Code.CANCELLED, "CANCELLED", "the check was cancelled"));
        } catch (StatusRuntimeException e) {
            observer.onError(e);
        } catch (RuntimeException e) {
            LOG.error("check {} failed", request.getRequestId(), e);
            observer.onError(error(Code.INTERNAL, "CHECKER_FAILED", "the checker failed"));
        }
    }

    private CheckReply reply(CheckRequest request) throws InterruptedException {
        if (!request.getSystem().equals(CheckerOffers.COQ)) {
            return unavailable("system: \"" + request.getSystem() + "\" (expected: \"coq\")");
        }
        return switch (coq) {
            case CoqInstallation.Missing(String reason) -> unavailable(reason);
            case CoqInstallation.Ready ready -> judged(ready, request);
        };
    }

    private CheckReply judged(CoqInstallation.Ready ready, CheckRequest request)
            throws InterruptedException {
        long started = nanoTicker.getAsLong();
        CoqJudge judge = ready.judge();
        String preamble = request.getPreamble();
        String statement = request.getStatement().strip();
        Optional<Verdict> verdict =
                switch (request.getCandidateCase()) {
                    case PROOF -> {
                        String script = request.getProof().getScript();
                        yield gate.run(() -> judge.prove(preamble, statement, script));
                    }
                    case COUNTEREXAMPLE -> {
                        String assignment = request.getCounterexample().getAssignment();
                        yield gate.run(() -> judge.refute(preamble, statement, assignment));
                    }
                    case STATEMENT_ONLY -> gate.run(() -> judge.understand(preamble, statement));
                    case CANDIDATE_NOT_SET ->
                            throw error(
                                    Code.INVALID_ARGUMENT,
                                    "CANDIDATE_MISSING",
                                    "candidate: none (expected: proof, counterexample or statement_only)");
                };
        if (verdict.isEmpty()) {
            throw error(
                    Code.RESOURCE_EXHAUSTED,
                    "CHECKER_BUSY",
                    "checks running or waiting: " + gate.load());
        }
        long millis = (nanoTicker.getAsLong() - started) / 1_000_000;
        return onWire(verdict.get())
                .setTool("Coq " + ready.version())
                .setDurationMillis(millis)
                .build();
    }

    private static CheckReply.Builder onWire(Verdict verdict) {
        var reply = CheckReply.newBuilder();
        switch (verdict) {
            case Verdict.Accepted(var axioms, String source) -> {
                reply.setOutcome(Outcome.OUTCOME_ACCEPTED).addAllAxioms(axioms);
                reply.setPhase(source.isEmpty() ? Phase.PHASE_COMPILE : Phase.PHASE_KERNEL);
                setSource(reply, source);
            }
            case Verdict.Rejected(var layer, String message, var place, String source) -> {
                reply.setOutcome(Outcome.OUTCOME_REJECTED)
                        .setPhase(phase(layer))
                        .setMessage(message);
                reply.setLine(place.line()).setColumn(place.column());
                setSource(reply, source);
            }
            case Verdict.BadStatement(var layer, String message, var place) -> {
                reply.setOutcome(Outcome.OUTCOME_BAD_STATEMENT)
                        .setPhase(phase(layer))
                        .setMessage(message);
                reply.setLine(place.line()).setColumn(place.column());
            }
            case Verdict.OverLimit(var layer, String bound) ->
                    reply.setOutcome(Outcome.OUTCOME_LIMIT)
                            .setPhase(phase(layer))
                            .setMessage(bound);
        }
        return reply;
    }

    private static void setSource(CheckReply.Builder reply, String source) {
        if (!source.isEmpty()) {
            reply.setSource(source).setSourceSha256(sha256(source));
        }
    }

    private static CheckReply unavailable(String reason) {
        return CheckReply.newBuilder()
                .setOutcome(Outcome.OUTCOME_UNAVAILABLE)
                .setMessage(reason)
                .build();
    }

    private static Phase phase(Verdict.Layer layer) {
        return switch (layer) {
            case LINT -> Phase.PHASE_LINT;
            case COMPILE -> Phase.PHASE_COMPILE;
            case ASSUMPTIONS -> Phase.PHASE_ASSUMPTIONS;
            case KERNEL -> Phase.PHASE_KERNEL;
        };
    }

    private static StatusRuntimeException error(Code code, String reason, String message) {
        ErrorInfo info = ErrorInfo.newBuilder().setReason(reason).setDomain("assay").build();
        return StatusProto.toStatusRuntimeException(
                Status.newBuilder()
                        .setCode(code.getNumber())
                        .setMessage(message)
                        .addDetails(Any.pack(info))
                        .build());
    }

    private static String sha256(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
