package assay.web;

import assay.inference.v1.FinishReason;
import assay.inference.v1.Finished;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.InferenceGrpc;
import assay.inference.v1.Resumed;
import assay.inference.v1.Started;
import assay.inference.v1.Tokens;
import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A head agent whose model answers with its prompt's words, one a token. What a prompt begins with
 * says how it behaves otherwise: see the constants.
 */
final class FakeAgent extends InferenceGrpc.InferenceImplBase {
    /** Sends one token, then nothing until it is cancelled. */
    static final String HANGS = "hang";

    /** Sends nothing at all until it is cancelled. */
    static final String QUEUES = "queue";

    /** Goes on to the asked length, a token every few milliseconds. */
    static final String ENDLESS = "endless";

    static final String TOO_LONG = "too long";
    static final String FULL = "full";

    /** Loses a stage after one token. */
    static final String BREAKS = "break";

    /** Is gone after two tokens, whoever's answer it is; the next call finds it again. */
    static final String LEAVES = "leave";

    /** Is gone before the first token, each time. */
    static final String GONE = "gone";

    /** Is in the second epoch, as it says to whoever asks for another. */
    static final String MOVED = "moved";

    /** A theorem's prompt: answered with a proof. */
    static final String THEOREM = "<|bos|><|theorem|>";

    private static final int WAIT_SECONDS = 30;

    final BlockingQueue<GenerateRequest> requests = new LinkedBlockingQueue<>();
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
    final BlockingQueue<String> started = new LinkedBlockingQueue<>();

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateEvent> answers) {
        var observer = (ServerCallStreamObserver<GenerateEvent>) answers;
        observer.setOnCancelHandler(() -> cancelled.add(request.getRequestId()));
        Context.current().addListener(_ -> cancelled.add(request.getRequestId()), Runnable::run);
        requests.add(request);
        String prompt = request.getPrompt();
        if (prompt.startsWith(TOO_LONG)) {
            answers.onError(
                    refusal(
                            Code.INVALID_ARGUMENT,
                            "PROMPT_TOO_LONG",
                            Map.of("prompt_tokens", "5000", "context_length", "2048")));
        } else if (prompt.startsWith(GONE)) {
            answers.onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
        } else if (prompt.startsWith(MOVED) && request.getEpoch() != 2) {
            answers.onError(refusal(Code.FAILED_PRECONDITION, "STALE_EPOCH", Map.of("epoch", "2")));
        } else if (prompt.startsWith(FULL)) {
            answers.onError(refusal(Code.RESOURCE_EXHAUSTED, "QUEUE_FULL", Map.of()));
        } else if (!prompt.startsWith(QUEUES)) {
            answer(request, observer);
        } else {
            started.add(request.getRequestId());
        }
    }

    private void answer(GenerateRequest request, ServerCallStreamObserver<GenerateEvent> answers) {
        String prompt = request.getPrompt();
        String[] words = (prompt.startsWith(THEOREM) ? "proof: trivial." : prompt).split(" ", -1);
        answers.onNext(
                GenerateEvent.newBuilder()
                        .setStarted(
                                Started.newBuilder()
                                        .setPromptTokens(words.length)
                                        .setContextLength(2048))
                        .build());
        int told = request.getResumedList().stream().mapToInt(Resumed::getIdsCount).sum();
        int sent = told;
        boolean endless = words[0].equals(ENDLESS);
        int length =
                endless ? request.getMaxTokens() : Math.min(words.length, request.getMaxTokens());
        for (int i = told; i < length; i++) {
            if (Context.current().isCancelled()) {
                return;
            }
            answers.onNext(token((i == 0 ? "" : " ") + words[i % words.length], i));
            sent++;
            started.add(request.getRequestId());
            if (words[0].equals(HANGS) && told == 0) {
                return;
            }
            if (words[0].equals(LEAVES) && i == told + 1) {
                answers.onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            if (words[0].equals(BREAKS)) {
                answers.onError(refusal(Code.UNAVAILABLE, "STAGE_LOST", Map.of()));
                return;
            }
            if (endless) {
                java.util.concurrent.locks.LockSupport.parkNanos(2_000_000); // a step
            }
        }
        answers.onNext(
                GenerateEvent.newBuilder()
                        .setFinished(
                                Finished.newBuilder()
                                        .setReason(
                                                endless || sent < words.length
                                                        ? FinishReason.FINISH_REASON_LENGTH
                                                        : FinishReason.FINISH_REASON_STOP)
                                        .setPromptTokens(words.length)
                                        .setCompletionTokens(sent))
                        .build());
        answers.onCompleted();
    }

    private static GenerateEvent token(String text, int index) {
        return GenerateEvent.newBuilder()
                .setTokens(
                        Tokens.newBuilder().setText(text).addIds(index).addLogProbs(-0.5f - index))
                .build();
    }

    private static StatusRuntimeException refusal(
            Code code, String reason, Map<String, String> metadata) {
        return StatusProto.toStatusRuntimeException(
                Status.newBuilder()
                        .setCode(code.getNumber())
                        .setMessage(reason)
                        .addDetails(
                                Any.pack(
                                        ErrorInfo.newBuilder()
                                                .setReason(reason)
                                                .setDomain("assay")
                                                .putAllMetadata(metadata)
                                                .build()))
                        .build());
    }

    /** Waits for the cancellation of a call; fails when it does not come. */
    void awaitCancelled(String requestId) throws InterruptedException {
        await(cancelled, requestId, "cancelled");
    }

    void awaitStarted(String requestId) throws InterruptedException {
        await(started, requestId, "started");
    }

    private static void await(BlockingQueue<String> queue, String requestId, String what)
            throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (System.nanoTime() < until) {
            String next = queue.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (requestId.equals(next)) {
                return;
            }
        }
        throw new AssertionError(requestId + " was not " + what + " within " + WAIT_SECONDS + " s");
    }
}
