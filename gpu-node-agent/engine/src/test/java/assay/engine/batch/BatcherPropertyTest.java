package assay.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.KvBlocks;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatcherPropertyTest {
    private static final int EOS = 2;
    private static final BatchConfig CONFIG = new BatchConfig(64, 12, 4, 300, 1_024, 200, 8);

    /** Stages that keep nothing but how many positions of each sequence they hold. */
    private static final class FakeStages {
        private final Map<Long, Integer> held = new HashMap<>();
        private final Random random;

        FakeStages(Random random) {
            this.random = random;
        }

        void release(List<Long> ids) {
            ids.forEach(held::remove);
        }

        List<SampledToken> run(MicroBatch batch) {
            List<SampledToken> tokens = new ArrayList<>();
            for (Slice slice : batch.slices()) {
                assertThat(slice.position()).isEqualTo(held.getOrDefault(slice.sequenceId(), 0));
                held.put(slice.sequenceId(), slice.end());
                if (slice.sample()) {
                    int id = random.nextInt(40) == 0 ? EOS : 10 + random.nextInt(5);
                    tokens.add(new SampledToken(slice.sequenceId(), id, -1));
                }
            }
            assertThat(blocks()).isLessThanOrEqualTo(CONFIG.kvBlocks());
            return tokens;
        }

        int blocks() {
            return held.values().stream().mapToInt(KvBlocks::blocksFor).sum();
        }
    }

    private record Flight(long stepId, List<SampledToken> tokens) {}

    private static SequenceRequest request(long id, int prompt, int maxTokens) {
        return new SequenceRequest(
                id, new int[prompt], maxTokens, SamplingParams.GREEDY, Set.of(EOS));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everySequenceEndsOnceAndEverythingIsGivenBack(long seed) {
        Random random = new Random(seed);
        Batcher batcher = new Batcher(CONFIG, () -> 0);
        FakeStages stages = new FakeStages(random);
        Map<Long, Integer> expectedMost = new HashMap<>();
        Map<Long, Integer> seen = new HashMap<>();
        Set<Long> over = new HashSet<>();
        List<Flight> flights = new ArrayList<>();
        long nextId = 0;
        while (nextId < 200 || !batcher.idle()) {
            if (nextId < 200 && random.nextInt(3) > 0) {
                int prompt = 1 + random.nextInt(150);
                int most = 1 + random.nextInt(60);
                assertThat(batcher.submit(request(nextId, prompt, most)))
                        .isInstanceOf(Admission.Accepted.class);
                expectedMost.put(nextId, Math.min(most, 200 - prompt));
                nextId++;
            }
            if (random.nextInt(20) == 0 && nextId > 0) {
                long victim = random.nextLong(nextId);
                batcher.cancel(victim);
                over.add(victim);
            }
            stages.release(batcher.drainReleases());
            batcher.next()
                    .ifPresent(step -> {
                        assertThat(step.batch().tokens())
                                .isEqualTo(step.tokenIds().length)
                                .isLessThanOrEqualTo(64);
                        flights.add(new Flight(step.batch().stepId(), stages.run(step.batch())));
                    });
            assertThat(flights.size()).isEqualTo(batcher.stepsInFlight()).isLessThanOrEqualTo(4);
            if (!flights.isEmpty() && (random.nextBoolean() || flights.size() == 4)) {
                Flight flight = flights.remove(random.nextInt(flights.size()));
                for (SequenceEvent event : batcher.complete(flight.stepId(), flight.tokens())) {
                    long id = event.sequenceId();
                    assertThat(over).doesNotContain(id);
                    switch (event) {
                        case SequenceEvent.Token token -> seen.merge(id, 1, Integer::sum);
                        case SequenceEvent.Finished(long ended, FinishReason reason) -> {
                            over.add(ended);
                            if (reason == FinishReason.LENGTH) {
                                assertThat(seen.get(ended)).isEqualTo(expectedMost.get(ended));
                            }
                        }
                    }
                }
            }
        }
        stages.release(batcher.drainReleases());
        assertThat(over).hasSize(200);
        assertThat(stages.held).isEmpty();
        assertThat(batcher.reservedKvTokens()).isZero();
    }

    @Test
    void sequencesSpreadEvenlyOverTheStepsInFlight() {
        Batcher batcher = new Batcher(new BatchConfig(512, 16, 2, 16, 4_096, 200), () -> 0);
        for (int i = 0; i < 10; i++) {
            batcher.submit(request(i, 4, 50));
        }
        assertThat(batcher.next().orElseThrow().batch().slices()).hasSize(5);
        assertThat(batcher.next().orElseThrow().batch().slices()).hasSize(5);
        assertThat(batcher.next()).isEmpty();
    }

    @Test
    void aLongPromptDoesNotHoldUpADecode() {
        Batcher batcher = new Batcher(new BatchConfig(32, 4, 1, 16, 4_096, 1_000), () -> 0);
        batcher.submit(request(1, 4, 50));
        PlannedStep first = batcher.next().orElseThrow();
        batcher.submit(request(2, 500, 5));
        batcher.complete(first.batch().stepId(), List.of(new SampledToken(1, 10, 0)));
        MicroBatch mixed = batcher.next().orElseThrow().batch();
        assertThat(mixed.slices().getFirst().sequenceId()).isEqualTo(1);
        assertThat(mixed.tokens()).isEqualTo(32);
    }

    @Test
    void afterARestartSequencesRunAgainFromTheirTokens() {
        Batcher batcher = new Batcher(new BatchConfig(64, 4, 1, 16, 4_096, 200), () -> 0);
        batcher.submit(request(1, 4, 50));
        PlannedStep step = batcher.next().orElseThrow();
        batcher.complete(step.batch().stepId(), List.of(new SampledToken(1, 77, 0)));
        PlannedStep lost = batcher.next().orElseThrow();
        batcher.restart();
        assertThat(batcher.complete(lost.batch().stepId(), List.of(new SampledToken(1, 9, 0))))
                .isEmpty();
        PlannedStep again = batcher.next().orElseThrow();
        assertThat(again.tokenIds()).containsExactly(0, 0, 0, 0, 77);
        assertThat(again.batch().slices().getFirst().position()).isZero();
    }

    @Test
    void whatCanNeverRunIsRefused() {
        Batcher batcher = new Batcher(new BatchConfig(64, 4, 1, 2, 64, 200), () -> 0);
        refuses(batcher, request(1, 200, 1), ErrorCode.PROMPT_TOO_LONG);
        refuses(batcher, request(1, 60, 10), ErrorCode.SEQUENCE_TOO_LARGE);
        batcher.submit(request(1, 5, 5));
        refuses(batcher, request(1, 5, 5), ErrorCode.REQUEST_INVALID);
        batcher.submit(request(2, 5, 5));
        assertThat(batcher.submit(request(3, 5, 5))).isEqualTo(new Admission.QueueFull(2));
    }

    private static void refuses(Batcher batcher, SequenceRequest request, ErrorCode code) {
        assertThatThrownBy(() -> batcher.submit(request))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
