package assay.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.batch.SequenceRequest.Task;
import assay.engine.cache.TableUpdate;
import assay.engine.sample.Penalties;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Refusal;
import assay.engine.stage.SampledToken;
import assay.engine.stage.Slice;
import assay.engine.stage.SliceDemand;
import assay.engine.stage.StageOutput;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatcherTest {
    private static SequenceRequest request(long id, int prompt, int maxTokens) {
        return new SequenceRequest(
                id, new int[prompt], maxTokens, SamplingParams.GREEDY, Set.of(2));
    }

    private static SequenceRequest ofTenant(String tenant, long id, int[] prompt) {
        return new SequenceRequest(
                id, prompt, 5, SamplingParams.GREEDY, Set.of(), tenant, new Task.Generate());
    }

    private static SequenceRequest givingWay(long id, int... prompt) {
        return new SequenceRequest(
                id,
                prompt,
                new int[0],
                50,
                SamplingParams.GREEDY,
                Set.of(),
                "batch",
                new Task.Generate(),
                true);
    }

    private static List<Long> sequences(PlannedStep step) {
        return step.batch().slices().stream().map(Slice::sequenceId).toList();
    }

    private static int[] distinct(int count) {
        return IntStream.range(10, 10 + count).toArray();
    }

    private static Batcher batcher(BatchConfig config) {
        return new Batcher(config, () -> 0);
    }

    @Test
    void sequencesSpreadEvenlyOverTheStepsInFlight() {
        Batcher batcher = batcher(new BatchConfig(512, 16, 2, 16, 4_096, 200));
        for (int i = 0; i < 10; i++) {
            batcher.submit(ofTenant("", i, new int[] {i, 1, 1, 1}));
        }
        assertThat(batcher.next().orElseThrow().batch().slices()).hasSize(5);
        assertThat(batcher.next().orElseThrow().batch().slices()).hasSize(5);
        assertThat(batcher.next()).isEmpty();
    }

    @Test
    void aLongPromptDoesNotHoldUpADecode() {
        Batcher batcher = batcher(new BatchConfig(32, 4, 1, 16, 4_096, 1_000));
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
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 16, 4_096, 200));
        batcher.submit(
                new SequenceRequest(
                        1,
                        new int[4],
                        50,
                        SamplingParams.GREEDY.withPenalties(new Penalties(1, 0, 0.5f)),
                        Set.of()));
        PlannedStep step = batcher.next().orElseThrow();
        batcher.complete(step.batch().stepId(), List.of(new SampledToken(1, 77, 0)));
        PlannedStep lost = batcher.next().orElseThrow();
        batcher.restart();
        assertThat(batcher.complete(lost.batch().stepId(), List.of(new SampledToken(1, 9, 0))))
                .isEmpty();
        PlannedStep again = batcher.next().orElseThrow();
        assertThat(again.tokenIds()).containsExactly(0, 0, 0, 0, 77);
        assertThat(again.batch().slices().getFirst().position()).isZero();
        var sample = (SliceDemand.Sample) again.demands().getFirst();
        var start = Objects.requireNonNull(sample.start(), "where sampling starts");
        assertThat(start.generatedIds()).containsExactly(77);
    }

    @Test
    void whatCanNeverRunIsRefused() {
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 2, 64, 200));
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

    @Test
    void sequencesAreAdmittedByWhatTheyNeedNow() {
        // 16 blocks; each may grow to 7 blocks, so only two would fit if all of that were set
        // aside.
        Batcher batcher = batcher(new BatchConfig(64, 8, 1, 16, 256, 200));
        for (int i = 0; i < 6; i++) {
            batcher.submit(ofTenant("", i, new int[] {i}));
            batcher.submit(
                    new SequenceRequest(
                            10 + i, new int[] {i}, 100, SamplingParams.GREEDY, Set.of()));
        }
        batcher.next();
        assertThat(batcher.runningSequences()).isEqualTo(8);
    }

    @Test
    void answersToOnePromptShareItsFullBlocks() {
        Batcher batcher = batcher(new BatchConfig(256, 8, 1, 16, 4_096, 200));
        for (int i = 0; i < 4; i++) {
            batcher.submit(ofTenant("t", i, distinct(40)));
        }
        PlannedStep step = batcher.next().orElseThrow();
        List<Slice> slices = step.batch().slices();
        assertThat(slices.stream().map(Slice::tokens)).containsExactly(40, 8, 8, 8);
        List<TableUpdate> tables = slices.stream().map(Slice::table).toList();
        for (TableUpdate table : tables) {
            assertThat(java.util.Arrays.copyOf(table.blocks(), 2))
                    .containsExactly(java.util.Arrays.copyOf(tables.getFirst().blocks(), 2));
        }
        assertThat(tables.stream().map(t -> t.blocks()[2]).distinct()).hasSize(4);
        assertThat(batcher.prefixHitTokens()).isEqualTo(3 * 32);
        assertThat(batcher.prefixQueriedTokens()).isEqualTo(4 * 40);
    }

    @Test
    void whatEndedCanBeSharedUntilItsRoomIsNeeded() {
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 16, 128, 128));
        batcher.submit(ofTenant("t", 1, distinct(33)));
        PlannedStep step = batcher.next().orElseThrow();
        batcher.cancel(1);
        batcher.complete(step.batch().stepId(), List.of());
        batcher.submit(ofTenant("t", 2, distinct(33)));
        Slice again = batcher.next().orElseThrow().batch().slices().getFirst();
        assertThat(again.position()).isEqualTo(32);
    }

    @Test
    void tenantsNeverShareABlock() {
        Batcher batcher = batcher(new BatchConfig(256, 8, 1, 16, 4_096, 200));
        batcher.submit(ofTenant("a", 1, distinct(40)));
        batcher.submit(ofTenant("b", 2, distinct(40)));
        List<Slice> slices = batcher.next().orElseThrow().batch().slices();
        assertThat(slices.stream().map(Slice::tokens)).containsExactly(40, 40);
        assertThat(batcher.prefixHitTokens()).isZero();
    }

    @Test
    void whatCannotBeSampledEndsItsSequenceAlone() {
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 16, 4_096, 200));
        batcher.submit(request(1, 4, 50));
        batcher.submit(request(2, 5, 50));
        PlannedStep step = batcher.next().orElseThrow();
        var refusal = new Refusal(1, ErrorCode.REQUEST_INVALID, "constraint: nothing goes on");
        List<SequenceEvent> events =
                batcher.complete(
                        step.batch().stepId(),
                        new StageOutput.Sampled(
                                List.of(new SampledToken(2, 9, 0)),
                                List.of(),
                                List.of(),
                                List.of(refusal)),
                        0);
        assertThat(events)
                .containsExactly(
                        new SequenceEvent.Token(2, 9, 0, List.of()),
                        new SequenceEvent.Refused(refusal));
        assertThat(batcher.runningSequences()).isEqualTo(1);
        assertThat(batcher.next().orElseThrow().releases()).containsExactly(1L);
    }

    @Test
    void laterChunksOfALongPromptAreShorterWhenAttentionCosts() {
        StepCost cost = new StepCost();
        for (int i = 0; i < 200; i++) {
            int tokens = 1 + i % 64;
            int context = 64 * (i % 10);
            double contexts = StepCost.contexts(context, tokens);
            cost.observe(tokens, contexts, 5_000 + 100 * tokens + 0.5 * contexts);
        }
        double budget = cost.of(0, 256);
        int later = cost.tokensWithin(budget, 4_096);
        assertThat(cost.of(0, 1)).isBetween(90.0, 115.0);
        assertThat(later).isBetween(10, 50);
        assertThat(cost.of(4_096, later)).isLessThanOrEqualTo(budget);
        assertThat(cost.of(4_096, later + 1)).isGreaterThan(budget);
    }

    @Test
    void aStateIsDemandedWhereItIsWanted() {
        Batcher batcher = batcher(new BatchConfig(16, 4, 1, 16, 4_096, 200));
        batcher.submit(
                new SequenceRequest(
                        1,
                        distinct(20),
                        0,
                        SamplingParams.GREEDY,
                        Set.of(),
                        "",
                        new Task.States(SequenceRequest.Which.LAST)));
        PlannedStep first = batcher.next().orElseThrow();
        assertThat(first.demands()).isEmpty();
        batcher.complete(first.batch().stepId(), List.of());
        PlannedStep second = batcher.next().orElseThrow();
        assertThat(second.demands()).containsExactly(new SliceDemand.States(1, 3, 1));
        var state = new assay.engine.stage.TokenState(1, 19, new float[] {1});
        List<SequenceEvent> events =
                batcher.complete(
                        second.batch().stepId(),
                        new StageOutput.Sampled(List.of(), List.of(), List.of(state), List.of()),
                        0);
        assertThat(events)
                .containsExactly(
                        new SequenceEvent.Shown(state),
                        new SequenceEvent.Finished(1, FinishReason.ANSWERED));
        assertThat(batcher.idle()).isTrue();
    }

    @Test
    void whatGivesWayIsAdmittedWhenNoOtherWaits() {
        Batcher batcher = batcher(new BatchConfig(64, 2, 1, 16, 4_096, 200));
        batcher.submit(givingWay(1, 10));
        batcher.submit(givingWay(2, 11));
        batcher.submit(ofTenant("t", 3, new int[] {12}));
        PlannedStep first = batcher.next().orElseThrow();
        assertThat(sequences(first)).containsExactly(3L, 1L);
        batcher.cancel(3);
        batcher.complete(first.batch().stepId(), List.of(new SampledToken(1, 9, 0)));
        assertThat(sequences(batcher.next().orElseThrow())).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void whatGivesWayLosesItsPlaceAndGoesOnAfterwards() {
        Batcher batcher = batcher(new BatchConfig(64, 2, 1, 16, 4_096, 200));
        batcher.submit(givingWay(1, 10));
        batcher.submit(givingWay(2, 11));
        PlannedStep both = batcher.next().orElseThrow();
        batcher.complete(
                both.batch().stepId(),
                List.of(new SampledToken(1, 9, 0), new SampledToken(2, 8, 0)));
        batcher.submit(ofTenant("t", 3, new int[] {12}));
        PlannedStep next = batcher.next().orElseThrow();
        assertThat(sequences(next)).as("the last admitted one made way").containsExactly(1L, 3L);
        assertThat(next.releases()).containsExactly(2L);
        batcher.cancel(3);
        batcher.complete(next.batch().stepId(), List.of(new SampledToken(1, 9, 0)));
        PlannedStep again = batcher.next().orElseThrow();
        assertThat(sequences(again)).containsExactlyInAnyOrder(1L, 2L);
        Slice back =
                again.batch().slices().stream()
                        .filter(s -> s.sequenceId() == 2)
                        .findFirst()
                        .orElseThrow();
        assertThat(back.position()).isZero();
        assertThat(back.tokens()).as("its prompt and its token").isEqualTo(2);
    }

    @Test
    void whatGivesWayGivesItsBlocksToAnotherThatGrows() {
        // 4 blocks; the one that does not give way grows into the third and the fourth.
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 16, 64, 64));
        batcher.submit(new SequenceRequest(1, distinct(16), 40, SamplingParams.GREEDY, Set.of()));
        PlannedStep step = batcher.next().orElseThrow();
        batcher.submit(givingWay(2, distinct(20)));
        for (int i = 0; i < 20; i++) {
            List<SampledToken> tokens =
                    sequences(step).stream().map(id -> new SampledToken(id, 9, 0)).toList();
            batcher.complete(step.batch().stepId(), tokens);
            step = batcher.next().orElseThrow();
            assertThat(sequences(step)).contains(1L);
        }
        assertThat(batcher.preemptions()).isPositive();
        assertThat(batcher.queuedSequences()).isEqualTo(1);
    }

    @Test
    void bothClassesHaveAQueueOfTheirOwn() {
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 1, 4_096, 200));
        assertThat(batcher.submit(givingWay(1, 10))).isEqualTo(new Admission.Accepted(1));
        assertThat(batcher.submit(givingWay(2, 10))).isEqualTo(new Admission.QueueFull(1));
        assertThat(batcher.submit(request(3, 5, 5))).isEqualTo(new Admission.Accepted(1));
    }

    @Test
    void aSequenceThatBeganElsewhereGoesOnBehindItsTokens() {
        Batcher batcher = batcher(new BatchConfig(64, 4, 1, 16, 4_096, 200));
        var params = SamplingParams.GREEDY.withPenalties(new Penalties(1.5f, 0, 0.5f));
        batcher.submit(
                new SequenceRequest(
                        1,
                        new int[] {5, 6},
                        new int[] {7, 8},
                        3,
                        params,
                        Set.of(),
                        "",
                        new Task.Generate(),
                        false));
        PlannedStep step = batcher.next().orElseThrow();
        assertThat(step.tokenIds()).containsExactly(5, 6, 7, 8);
        var sample = (SliceDemand.Sample) step.demands().getFirst();
        var start = Objects.requireNonNull(sample.start(), "where sampling starts");
        assertThat(start.promptIds()).containsExactly(5, 6);
        assertThat(start.generatedIds()).containsExactly(7, 8);
        assertThat(batcher.complete(step.batch().stepId(), List.of(new SampledToken(1, 9, 0))))
                .contains(new SequenceEvent.Finished(1, FinishReason.LENGTH));
    }
}
