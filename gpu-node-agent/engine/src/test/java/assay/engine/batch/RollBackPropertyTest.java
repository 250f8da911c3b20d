package assay.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.batch.SequenceRequest.Task;
import assay.engine.cache.KeptTable;
import assay.engine.kernel.KvBlocks;
import assay.engine.sample.Penalties;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.StageOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two stages of which the first is lost now and then, or neither, while steps are under way that
 * one of them has run and the other has not. What is told afterwards is what would have been told.
 */
class RollBackPropertyTest {
    private static final SamplingParams PENALISED =
            SamplingParams.GREEDY.withPenalties(new Penalties(1.1f, 0, 0));
    private static final int KV_TOKENS = 640;
    private static final int CONTEXT = 200;
    private static final int IN_FLIGHT = 3;
    private static final int SEQUENCES = 12;
    private static final BatchConfig CONFIG =
            new BatchConfig(64, SEQUENCES, IN_FLIGHT, 1_000, KV_TOKENS, CONTEXT, 8);

    /** The pipeline; steps reach the second stage when they are completed. */
    private static final class Run implements AutoCloseable {
        final Random random;
        final Batcher batcher = new Batcher(CONFIG, () -> 0);
        final HistoryModel first = new HistoryModel(KV_TOKENS, SEQUENCES);
        final HistoryModel second = new HistoryModel(KV_TOKENS, SEQUENCES);
        final Deque<PlannedStep> flights = new ArrayDeque<>();
        final Map<Long, SequenceRequest> requests = new HashMap<>();
        final Map<Long, List<Integer>> tokens = new HashMap<>();
        final Set<Long> over = new HashSet<>();
        int refilledTokens;
        int keptTokens;

        Run(long seed) {
            random = new Random(seed);
        }

        void submit(long id) {
            int length = 1 + random.nextInt(150);
            int[] prompt = IntStream.range(0, length).map(i -> 3 + i % 7).toArray();
            if (random.nextInt(3) > 0) {
                prompt[random.nextInt(length)] = random.nextInt(40);
            }
            boolean rates = random.nextInt(10) == 0 && length > 1;
            var request =
                    new SequenceRequest(
                            id,
                            prompt,
                            new int[0],
                            rates ? 0 : 1 + random.nextInt(150),
                            PENALISED,
                            Set.of(HistoryModel.EOS),
                            "tenant-" + random.nextInt(2),
                            rates ? new Task.Rate(0) : new Task.Generate(),
                            random.nextInt(5) == 0);
            assertThat(batcher.submit(request)).isInstanceOf(Admission.Accepted.class);
            requests.put(id, request);
            tokens.put(id, new ArrayList<>());
        }

        void plan() {
            batcher.next()
                    .ifPresent(step -> {
                        first.release(step.releases());
                        first.take(step);
                        flights.add(step);
                        refilledTokens += step.refills() ? step.batch().tokens() : 0;
                    });
        }

        void complete() {
            PlannedStep step = flights.remove();
            second.release(step.releases());
            StageOutput.Sampled outcome =
                    step.refills() ? new StageOutput.Sampled(List.of()) : second.run(step);
            batcher.complete(step.batch().stepId(), outcome, 0).forEach(this::take);
        }

        private void take(SequenceEvent event) {
            long id = event.sequenceId();
            assertThat(over).doesNotContain(id);
            if (event instanceof SequenceEvent.Token token) {
                Objects.requireNonNull(tokens.get(id)).add(token.id());
            }
            if (event instanceof SequenceEvent.Finished(long ended, FinishReason reason)) {
                over.add(ended);
                SequenceRequest request = Objects.requireNonNull(requests.get(ended));
                if (reason != FinishReason.ANSWERED) {
                    assertThat(tokens.get(ended)).isEqualTo(HistoryModel.alone(request, CONTEXT));
                }
            }
        }

        /** Some steps reach nobody, some the first stage alone. */
        void lose(boolean firstIsLost) {
            boolean settled = batcher.interrupt();
            flights.clear();
            if (!settled) {
                batcher.restart();
                first.reset();
                second.reset();
                return;
            }
            if (random.nextBoolean()) {
                cancelOne();
            }
            List<KeptTable> kept = batcher.rollBack(firstIsLost);
            keptTokens += kept.stream().mapToInt(KeptTable::tokens).sum();
            if (firstIsLost) {
                first.reset();
            } else {
                first.keep(kept);
            }
            second.keep(kept);
        }

        void cancelOne() {
            requests.keySet().stream()
                    .filter(id -> !over.contains(id))
                    .findFirst()
                    .ifPresent(id -> {
                        batcher.cancel(id);
                        over.add(id);
                    });
        }

        @Override
        public void close() {
            first.close();
            second.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void whatTwoStagesTellIsWhatTheyWouldHaveTold(long seed) {
        try (Run run = new Run(seed)) {
            long nextId = 0;
            while (nextId < 150 || !run.batcher.idle()) {
                if (nextId < 150 && run.random.nextInt(3) > 0) {
                    run.submit(nextId++);
                }
                if (run.random.nextInt(25) == 0) {
                    run.lose(run.random.nextBoolean());
                }
                if (run.random.nextInt(30) == 0) {
                    run.cancelOne();
                }
                run.plan();
                boolean full = run.flights.size() == IN_FLIGHT;
                if (!run.flights.isEmpty() && (run.random.nextBoolean() || full)) {
                    run.complete();
                }
            }
            List<Long> last = run.batcher.drainReleases();
            run.first.release(last);
            run.second.release(last);
            assertThat(run.over).hasSize(150);
            assertThat(run.first.freeBlocks()).isEqualTo(KvBlocks.blocksFor(KV_TOKENS));
            assertThat(run.second.freeBlocks()).isEqualTo(KvBlocks.blocksFor(KV_TOKENS));
            assertThat(run.batcher.heldKvTokens()).isZero();
            assertThat(run.refilledTokens).as("refilled").isPositive();
            assertThat(run.keptTokens).as("shared blocks").isGreaterThan(run.refilledTokens);
        }
    }
}
