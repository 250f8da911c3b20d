package assay.scheduler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares by weight, whatever the items need and whatever happens to the queue. */
class FairSharesPropertyTest {
    private static ItemUse even(Random random) {
        return new ItemUse(0.5, 100);
    }

    /** Lengths that differ by a factor of 20. */
    private static ItemUse uneven(Random random) {
        double length = 0.1 + 1.9 * random.nextDouble();
        return new ItemUse(length, Math.round(length * 200));
    }

    private static final Offset<Double> FIVE_PERCENT = within(0.05);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void completionsAreInProportionToWeightsWithFewSlotsAndMany(long seed) {
        for (int slots : new int[] {1, 4, 16}) {
            var rig = oneTwoFour(seed, FairSharesPropertyTest::uneven);
            rig.worker(1, QueueRig.ALL, slots);
            rig.work(7_000);
            for (int tenant = 1; tenant <= 3; tenant++) {
                double fair = 7_000 * (1 << (tenant - 1)) / 7.0;
                assertThat(rig.ended(tenant) / fair)
                        .as("tenant %d with %d slots", tenant, slots)
                        .isCloseTo(1, FIVE_PERCENT);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void restartsChangeNoShares(long seed) {
        var rig = oneTwoFour(seed, FairSharesPropertyTest::uneven);
        var workers = Map.of(1, 5, 2, 3);
        workers.forEach((worker, slots) -> rig.worker(worker, QueueRig.ALL, slots));
        for (int life = 0; life < 70; life++) {
            rig.work(100);
            rig.restart(workers);
        }
        for (int tenant = 1; tenant <= 3; tenant++) {
            double fair = 7_000 * (1 << (tenant - 1)) / 7.0;
            assertThat(rig.ended(tenant) / fair).isCloseTo(1, FIVE_PERCENT);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void longItemsOfOneTenantTakeNoSlotTimeFromOthers(long seed) {
        var rig = new QueueRig(seed);
        rig.tenant(1, 1, 0, random -> new ItemUse(10 + random.nextDouble(), 0));
        rig.tenant(2, 1, 0, random -> new ItemUse(0.1 + random.nextDouble() / 10, 0));
        rig.submit(1, 1, 100_000);
        rig.submit(2, 2, 100_000);
        rig.worker(1, QueueRig.ALL, 8);
        rig.work(20_000);
        assertThat(rig.seconds(1) / rig.seconds(2)).isCloseTo(1, FIVE_PERCENT);
    }

    /**
     * One tenant's items need slots, the other's tokens: each gets its share of what it needs most.
     */
    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void dominantSharesAreEqualWhenItemsNeedDifferentThings(long seed) {
        var rig = new QueueRig(seed);
        rig.tenant(1, 1, 0, random -> new ItemUse(1, 10));
        rig.tenant(2, 1, 0, random -> new ItemUse(0.1, 100));
        rig.submit(1, 1, 100_000);
        rig.submit(2, 2, 100_000);
        rig.worker(1, QueueRig.ALL, 8);
        rig.work(20_000);
        double seconds = rig.seconds(1) / (rig.seconds(1) + rig.seconds(2));
        double tokens = rig.tokens(2) / (rig.tokens(1) + rig.tokens(2));
        assertThat(seconds).isCloseTo(tokens, FIVE_PERCENT).isCloseTo(10 / 11.0, FIVE_PERCENT);
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42, 43})
    void noSlotIsIdleWhileAnybodyHasWork(long seed) {
        var rig = oneTwoFour(seed, FairSharesPropertyTest::uneven);
        rig.worker(1, QueueRig.ALL, 9);
        for (int step = 0; step < 500; step++) {
            rig.work(1);
            rig.begin();
            assertThat(rig.queue().leases()).hasSize(9);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {51, 52, 53})
    void idlenessIsNotSavedUpAndUseOfAnIdleClusterIsNotOwed(long seed) {
        var rig = new QueueRig(seed);
        rig.tenant(1, 1, 0, FairSharesPropertyTest::uneven);
        rig.tenant(2, 1, 0, FairSharesPropertyTest::uneven);
        rig.submit(1, 1, 100_000);
        rig.worker(1, QueueRig.ALL, 4);
        rig.work(2_000);
        rig.submit(2, 2, 100_000);
        long before = rig.ended(1);
        rig.work(2_000);
        assertThat((rig.ended(1) - before) / 1_000.0).isCloseTo(1, FIVE_PERCENT);
        assertThat(rig.ended(2) / 1_000.0).isCloseTo(1, FIVE_PERCENT);
    }

    @ParameterizedTest
    @ValueSource(longs = {61, 62, 63})
    void nobodyStarvesWhateverTheWeights(long seed) {
        var rig = new QueueRig(seed);
        rig.tenant(1, TenantAccount.LEAST_WEIGHT, 0, FairSharesPropertyTest::even);
        rig.tenant(2, 10, 0, FairSharesPropertyTest::even);
        rig.submit(1, 1, 100);
        rig.submit(2, 2, 1_000_000);
        rig.worker(1, QueueRig.ALL, 4);
        rig.work(30_000);
        assertThat(rig.ended(1)).isBetween(2L, 5L);
    }

    @ParameterizedTest
    @ValueSource(longs = {71, 72, 73})
    void aStallOfTheClusterIsNobodysDebt(long seed) {
        var rig = oneTwoFour(seed, FairSharesPropertyTest::even);
        var stalled = new boolean[1];
        rig.tenant(
                1,
                1,
                0,
                random -> {
                    boolean now = rig.ended(1) == 300 && !stalled[0];
                    stalled[0] |= now;
                    return now ? new ItemUse(600, 100) : even(random);
                });
        rig.worker(1, QueueRig.ALL, 8);
        rig.work(7_000);
        assertThat(stalled).containsExactly(true);
        assertThat(rig.ended(1) / 1_000.0).isCloseTo(1, FIVE_PERCENT);
    }

    /** A gateway that offers verification only while it has a slot for it. */
    @ParameterizedTest
    @ValueSource(longs = {81, 82, 83})
    void whoWaitsForScarceSlotsKeepsItsWeightAgainstOthersWhoDo(long seed) {
        var rig = new QueueRig(seed);
        rig.tenant(1, 1, 0, FairSharesPropertyTest::uneven);
        rig.tenant(2, 4, 0, FairSharesPropertyTest::uneven);
        rig.tenant(3, 1, 0, FairSharesPropertyTest::uneven);
        rig.submit(1, 1, 100_000, JobKind.VERIFY);
        rig.submit(2, 2, 100_000, JobKind.VERIFY);
        rig.submit(3, 3, 100_000, JobKind.GENERATE);
        rig.worker(1, GENERATES, 6);
        rig.worker(2, VERIFIES, 1);
        for (int item = 0; item < 9_000; item++) {
            rig.queue().offer(QueueRig.worker(2), rig.isIdle(2) ? VERIFIES : GENERATES);
            rig.work(1);
        }
        double ratio = rig.ended(2) / (double) rig.ended(1);
        assertThat(ratio / 4).isCloseTo(1, within(0.1));
    }

    private static final WorkOffer GENERATES =
            new WorkOffer(Set.of(JobKind.GENERATE), Set.of("proofs"));
    private static final WorkOffer VERIFIES =
            new WorkOffer(Set.of(JobKind.VERIFY), Set.of("proofs"));

    private static QueueRig oneTwoFour(long seed, Function<Random, ItemUse> load) {
        var rig = new QueueRig(seed);
        for (int tenant = 1; tenant <= 3; tenant++) {
            rig.tenant(tenant, 1 << (tenant - 1), 0, load);
            rig.submit(tenant, tenant, 100_000);
        }
        return rig;
    }
}
