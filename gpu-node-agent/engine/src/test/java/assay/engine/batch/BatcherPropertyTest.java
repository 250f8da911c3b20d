package assay.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.batch.SequenceRequest.Task;
import assay.engine.kernel.KvBlocks;
import assay.engine.sample.Penalties;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.StageOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random requests, cancels, restarts and times, with far too little KV. */
class BatcherPropertyTest {
    /** With penalties, so that the sampler must know each sequence's history. */
    private static final SamplingParams PENALISED =
            SamplingParams.GREEDY.withPenalties(new Penalties(1.1f, 0, 0));

    private static final int KV_TOKENS = 512;
    private static final int CONTEXT = 200;
    private static final int IN_FLIGHT = 4;
    private static final int STEP_TOKENS = 64;
    private static final BatchConfig CONFIG =
            new BatchConfig(STEP_TOKENS, 12, IN_FLIGHT, 1_000, KV_TOKENS, CONTEXT, 8);

    private record Flight(long stepId, StageOutput.Sampled outcome) {}

    /** A batcher, a stage, and the steps between them. */
    private static final class Run implements AutoCloseable {
        final Random random;
        final Batcher batcher = new Batcher(CONFIG, () -> 0);
        final HistoryModel stage = new HistoryModel(KV_TOKENS, CONFIG.maxSequences());
        final List<Flight> flights = new ArrayList<>();
        final Map<Long, SequenceRequest> requests = new HashMap<>();
        final Map<Long, List<Integer>> tokens = new HashMap<>();
        final Map<Long, Integer> answered = new HashMap<>();
        final Set<Long> over = new HashSet<>();
        final Set<Long> cancelled = new HashSet<>();

        /** Prompts are answered in order only by stages that keep the order of steps. */
        final boolean inOrder;

        Run(long seed) {
            random = new Random(seed);
            inOrder = seed % 2 == 0;
        }

        void submit(SequenceRequest request) {
            assertThat(batcher.submit(request)).isInstanceOf(Admission.Accepted.class);
            requests.put(request.sequenceId(), request);
            tokens.put(request.sequenceId(), new ArrayList<>());
            answered.put(request.sequenceId(), 0);
        }

        void plan() {
            batcher.next()
                    .ifPresent(step -> {
                        stage.release(step.releases());
                        assertThat(step.batch().tokens())
                                .isEqualTo(step.tokenIds().length)
                                .isLessThanOrEqualTo(STEP_TOKENS);
                        flights.add(new Flight(step.batch().stepId(), stage.run(step)));
                    });
            assertThat(flights.size())
                    .isEqualTo(batcher.stepsInFlight())
                    .isLessThanOrEqualTo(IN_FLIGHT);
        }

        void complete() {
            Flight flight = flights.remove(inOrder ? 0 : random.nextInt(flights.size()));
            long nanos = 1_000L + random.nextInt(5_000);
            batcher.complete(flight.stepId(), flight.outcome(), nanos).forEach(this::take);
        }

        SequenceRequest request(long id) {
            return Objects.requireNonNull(requests.get(id), "a request");
        }

        List<Integer> tokens(long id) {
            return Objects.requireNonNull(tokens.get(id), "tokens");
        }

        private void take(SequenceEvent event) {
            long id = event.sequenceId();
            assertThat(over).doesNotContain(id);
            SequenceRequest request = request(id);
            switch (event) {
                case SequenceEvent.Token token -> tokens(id).add(token.id());
                case SequenceEvent.Rated(var rating) -> {
                    int position = answered.merge(id, 1, Integer::sum);
                    int[] before = Arrays.copyOf(request.promptIds(), position);
                    assertThat(rating.position()).isEqualTo(position);
                    assertThat(rating.logProb())
                            .isEqualTo(HistoryModel.rating(before, request.promptIds()[position]));
                }
                case SequenceEvent.Shown(var state) -> {
                    int position = answered.merge(id, 1, Integer::sum) - 1;
                    int[] before = Arrays.copyOf(request.promptIds(), position + 1);
                    assertThat(state.position()).isEqualTo(position);
                    assertThat(state.values()).containsExactly(Arrays.hashCode(before));
                }
                case SequenceEvent.Refused(var refusal) -> throw new AssertionError(refusal);
                case SequenceEvent.Finished(long ended, FinishReason reason) -> {
                    over.add(ended);
                    int length = request.promptIds().length;
                    switch (request.task()) {
                        case Task.Generate generate ->
                                assertThat(tokens.get(ended))
                                        .isEqualTo(HistoryModel.alone(request, CONTEXT));
                        case Task.Rate rate ->
                                assertThat(answered.get(ended)).isEqualTo(length - 1);
                        case Task.States states ->
                                assertThat(answered.get(ended)).isEqualTo(length);
                    }
                }
            }
        }

        void restart() {
            flights.clear();
            stage.reset();
            batcher.restart();
        }

        void cancel(long id) {
            batcher.cancel(id);
            if (over.add(id)) {
                cancelled.add(id);
            }
        }

        @Override
        public void close() {
            stage.close();
        }
    }

    /** Prompts that often begin alike, of three tenants. */
    private static SequenceRequest request(Random random, long id, boolean all) {
        int[] prompt = IntStream.range(0, 1 + random.nextInt(150)).map(i -> 3 + i % 7).toArray();
        if (random.nextInt(3) > 0) {
            prompt[random.nextInt(prompt.length)] = random.nextInt(40);
        }
        String tenant = "tenant-" + random.nextInt(3);
        Task task =
                switch (all ? random.nextInt(12) : 2) {
                    case 0 -> new Task.Rate(0);
                    case 1 -> new Task.States(SequenceRequest.Which.ALL);
                    default -> new Task.Generate();
                };
        boolean generates = task instanceof Task.Generate || prompt.length < 2;
        return new SequenceRequest(
                id,
                prompt,
                new int[0],
                generates ? 1 + random.nextInt(150) : 0,
                PENALISED,
                Set.of(HistoryModel.EOS),
                tenant,
                generates ? new Task.Generate() : task,
                random.nextInt(4) == 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everySequenceAnswersAsIfAloneAndEverythingIsGivenBack(long seed) {
        try (Run run = new Run(seed)) {
            long nextId = 0;
            while (nextId < 250 || !run.batcher.idle()) {
                if (nextId < 250 && run.random.nextInt(3) > 0) {
                    run.submit(request(run.random, nextId++, run.inOrder));
                }
                if (run.random.nextInt(25) == 0 && nextId > 0) {
                    run.cancel(run.random.nextLong(nextId));
                }
                if (run.random.nextInt(150) == 0) {
                    run.restart();
                }
                if (run.random.nextInt(50) == 0) {
                    run.batcher.limitInFlight(1 + run.random.nextInt(IN_FLIGHT));
                }
                run.plan();
                boolean full = run.flights.size() == IN_FLIGHT;
                if (!run.flights.isEmpty() && (run.random.nextBoolean() || full)) {
                    run.complete();
                }
            }
            run.stage.release(run.batcher.drainReleases());
            assertThat(run.over).hasSize(250);
            assertThat(run.stage.freeBlocks()).isEqualTo(KvBlocks.blocksFor(KV_TOKENS));
            assertThat(run.batcher.heldKvTokens()).isZero();
            assertThat(run.batcher.preemptions()).as("KV ran out").isPositive();
            assertThat(run.batcher.prefixHitTokens())
                    .isPositive()
                    .isLessThan(run.batcher.prefixQueriedTokens());
        }
    }

    @Test
    void noSequenceIsPutBackWithoutEnd() {
        try (Run run = new Run(7)) {
            for (long id = 0; id < 40; id++) {
                int[] prompt = {3, (int) id, 5};
                run.submit(new SequenceRequest(id, prompt, 150, PENALISED, Set.of()));
            }
            int steps = 0;
            while (!run.batcher.idle()) {
                run.plan();
                run.complete();
                assertThat(++steps).isLessThan(40 * 150 * 2);
            }
            assertThat(run.batcher.preemptions())
                    .isPositive()
                    .isLessThanOrEqualTo(40L * Sequence.PREEMPTIONS_MOST);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void tenantsThatAlwaysAskGetEqualShares(long seed) {
        try (Run run = new Run(seed)) {
            Map<String, Double> served = new HashMap<>();
            long nextId = 0;
            Map<String, Integer> open = new HashMap<>();
            for (int step = 0; step < 3_000; step++) {
                // The greedy tenant keeps 60 requests waiting, the modest one 4.
                for (String tenant : List.of("greedy", "modest")) {
                    int wanted = tenant.equals("greedy") ? 60 : 14;
                    while (open.getOrDefault(tenant, 0) < wanted) {
                        int[] prompt = run.random.ints(1 + run.random.nextInt(60), 3, 40).toArray();
                        run.submit(
                                new SequenceRequest(
                                        nextId++,
                                        prompt,
                                        1 + run.random.nextInt(30),
                                        PENALISED,
                                        Set.of(HistoryModel.EOS),
                                        tenant,
                                        new Task.Generate()));
                        open.merge(tenant, 1, Integer::sum);
                    }
                }
                Set<Long> before = new HashSet<>(run.over);
                int under = run.flights.size();
                run.plan();
                if (run.flights.size() == under || run.random.nextBoolean()) {
                    run.complete();
                }
                for (long id : run.over) {
                    if (!before.contains(id)) {
                        SequenceRequest request = run.request(id);
                        open.merge(request.tenant(), -1, Integer::sum);
                        served.merge(
                                request.tenant(),
                                request.promptIds().length + 2.0 * run.tokens(id).size(),
                                Double::sum);
                    }
                }
            }
            // VTC, theorem 4.4: twice the larger of a longest prompt and a full KV, here by weight
            // 2
            double bound = 2 * 2 * KV_TOKENS;
            assertThat(
                            Math.abs(
                                    served.getOrDefault("greedy", 0.0)
                                            - served.getOrDefault("modest", 0.0)))
                    .isLessThan(bound);
            assertThat(served.get("modest")).isGreaterThan(3 * bound);
        }
    }
}
