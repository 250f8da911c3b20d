package assay.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets texts be written while something breaks, and compares them with those of an undisturbed run:
 * one greedy and one with seeded sampling, at the same time. Confined to its thread.
 */
final class FaultRun {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration WHOLE_AGAIN = Duration.ofMinutes(2);

    private static final Duration STOPPED = Duration.ofSeconds(5);

    /** Pieces of text after which a fault in decode strikes. */
    private static final int PIECES = 40;

    private static final int DECODE_TOKENS = 400;
    private static final int PREFILL_TOKENS = 64;

    /** Of the head, which shows that it has begun with a prompt. */
    private static final Duration WORK = Duration.ofMillis(40);

    private final RunningStack stack;
    private final Map<Fault.Phase, List<Streamed.Ended>> undisturbed = new HashMap<>();

    FaultRun(RunningStack stack) {
        this.stack = stack;
    }

    /**
     * What a fault came to.
     *
     * @param same whether all texts are those of the undisturbed run, and none ended in an error;
     *     of the second run where clients had to ask again
     * @param longestPause of any stream; where clients had to ask again, until they were answered
     * @param pauseWithout of any stream of the undisturbed run
     */
    record Result(
            Fault fault,
            boolean same,
            Duration longestPause,
            Duration pauseWithout,
            List<Streamed.Ended> answers) {}

    Result run(Fault fault) throws Exception {
        if (!undisturbed.containsKey(fault.phase())) {
            undisturbed.put(fault.phase(), answers(open(fault.phase())));
        }
        List<Streamed.Ended> expected = undisturbed.get(fault.phase());
        awaitWhole();
        long victim = fault.victim(stack);
        long head = Fault.chain(stack).getFirst();
        Duration before = processorTime(head);
        List<Streamed> streams = open(fault.phase());
        switch (fault.phase()) {
            case DECODE -> awaitPieces(streams);
            case PREFILL -> awaitWork(head, before);
        }
        fault.strike(stack, victim);
        Instant struck = Instant.now();
        Duration unanswered = Duration.ZERO;
        try {
            if (fault.blocksClients()) {
                healLater(fault, victim);
            } else if (fault.breaksClients()) {
                answers(streams);
                awaitWhole();
                unanswered = Duration.between(struck, Instant.now());
                streams = open(fault.phase());
            }
            List<Streamed.Ended> answers = answers(streams);
            boolean same = true;
            for (int i = 0; i < answers.size(); i++) {
                same &=
                        answers.get(i).error().isEmpty()
                                && answers.get(i).text().equals(expected.get(i).text());
            }
            Duration pause = Collections.max(List.of(unanswered, longestPause(answers)));
            return new Result(fault, same, pause, longestPause(expected), answers);
        } finally {
            fault.heal(victim);
        }
    }

    private static void healLater(Fault fault, long victim) {
        CompletableFuture.delayedExecutor(STOPPED.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    try {
                        fault.heal(victim);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private static void awaitPieces(List<Streamed> streams) throws Exception {
        for (Streamed stream : streams) {
            if (!stream.awaitPieces(LONG)) {
                throw new IllegalStateException(
                        "a text ended before the fault: " + stream.awaitEnd(LONG));
            }
        }
    }

    /** Until the prompt has reached the head: it takes a few hundredths of a second to compute. */
    private static void awaitWork(long process, Duration before) {
        Instant end = Instant.now().plus(LONG);
        while (processorTime(process).compareTo(before.plus(WORK)) < 0) {
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException("the head does not work");
            }
            Thread.onSpinWait();
        }
    }

    private static Duration processorTime(long process) {
        return ProcessHandle.of(process).flatMap(it -> it.info().totalCpuDuration()).orElseThrow();
    }

    private static Duration longestPause(List<Streamed.Ended> answers) {
        return answers.stream()
                .map(Streamed.Ended::longestPause)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /** Until an answer comes, and the replica's head is known. */
    void awaitWhole() {
        Instant end = Instant.now().plus(WHOLE_AGAIN);
        var gateway = new Gateway(stack);
        String why = "";
        while (Instant.now().isBefore(end)) {
            try {
                var answer =
                        gateway.post("/api/v1/generate", Map.of("prompt", "x", "max_tokens", 2));
                if (answer.status() == 200) {
                    Fault.chain(stack);
                    return;
                }
                why = answer.response().body();
            } catch (IllegalStateException | UncheckedIOException e) {
                why = String.valueOf(e.getMessage()); // a gateway that was killed is not up yet
            }
        }
        throw new IllegalStateException("not whole after " + WHOLE_AGAIN + ": " + why);
    }

    private List<Streamed> open(Fault.Phase phase) {
        boolean decode = phase == Fault.Phase.DECODE;
        String prompt =
                decode
                        ? "Theorem t : forall n m : nat, n + m = m + n."
                        : "forall a b c : nat, a + (b + c) = (a + b) + c. ".repeat(24);
        List<Streamed> streams = new ArrayList<>();
        for (double temperature : new double[] {0, 1}) {
            Map<String, Object> body = new HashMap<>();
            body.put("prompt", prompt);
            body.put("max_tokens", decode ? DECODE_TOKENS : PREFILL_TOKENS);
            body.put("temperature", temperature);
            body.put("seed", 4711);
            body.put("stream", true);
            // No end before the last token: a fault needs time to strike.
            body.put("logit_bias", Map.of(endToken(), -100));
            streams.add(Streamed.open(stack, body, PIECES));
        }
        return streams;
    }

    static String endToken() {
        Path config =
                RunningStack.repository().resolve("deploy/standalone/reference-model/config.json");
        return JsonMapper.shared().readTree(config.toFile()).required("eos_token_id").asString();
    }

    private static List<Streamed.Ended> answers(List<Streamed> streams) throws Exception {
        List<Streamed.Ended> answers = new ArrayList<>();
        for (Streamed stream : streams) {
            answers.add(stream.awaitEnd(LONG));
        }
        return answers;
    }
}
