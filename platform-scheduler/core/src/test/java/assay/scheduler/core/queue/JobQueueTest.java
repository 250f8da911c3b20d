package assay.scheduler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobQueueTest {
    private static final Instant NEVER = JobSpec.NO_DEADLINE;
    private static final ItemUse USE = new ItemUse(1, 10);

    private final QueueRig rig = new QueueRig(5);

    @BeforeEach
    void haveATenant() {
        rig.tenant(1, 1, 0, random -> USE);
    }

    @Test
    void priorityGoesBeforeDeadlineAndDeadlineBeforeOrder() {
        Instant soon = rig.now().plusSeconds(60);
        rig.submit(1, 1, 1);
        rig.submit(2, 1, 1, 0, soon.plusSeconds(1), "proofs");
        rig.submit(3, 1, 1, 0, soon, "proofs");
        rig.submit(4, 1, 1, 7, NEVER, "proofs");
        rig.submit(5, 1, 1);
        rig.worker(1, QueueRig.ALL, 5);
        assertThat(rig.begin().stream().map(Lease::job))
                .containsExactly(
                        QueueRig.job(4),
                        QueueRig.job(3),
                        QueueRig.job(2),
                        QueueRig.job(1),
                        QueueRig.job(5));
    }

    @Test
    void aWorkerGetsOnlyWhatItCanDoAndAJobSaysWhyItWaits() {
        rig.submit(1, 1, 2, 0, NEVER, "other");
        assertThat(rig.queue().reason(QueueRig.job(1))).isEqualTo(WaitReason.NO_WORKER);
        rig.worker(1, QueueRig.ALL, 2);
        assertThat(rig.begin()).isEmpty();
        rig.worker(2, new WorkOffer(Set.of(JobKind.VERIFY), Set.of("other")), 2);
        assertThat(rig.begin()).isEmpty();
        rig.worker(3, new WorkOffer(Set.of(JobKind.GENERATE), Set.of("other")), 1);
        assertThat(rig.begin())
                .singleElement()
                .satisfies(it -> assertThat(it.worker()).isEqualTo(QueueRig.worker(3)));
        assertThat(rig.queue().reason(QueueRig.job(1))).isEqualTo(WaitReason.NO_ROOM);
    }

    @Test
    void itemsAreSpreadOverWorkersWithRoom() {
        rig.submit(1, 1, 4);
        rig.worker(1, QueueRig.ALL, 10);
        rig.worker(2, QueueRig.ALL, 10);
        assertThat(rig.begin().stream().filter(it -> it.worker().equals(QueueRig.worker(1))))
                .hasSize(2);
    }

    @Test
    void aTenantHasNoMoreUnderWayThanItMay() {
        rig.tenant(1, 1, 3, random -> USE);
        rig.submit(1, 1, 10);
        rig.worker(1, QueueRig.ALL, 10);
        List<Lease> begun = rig.begin();
        assertThat(begun).hasSize(3);
        assertThat(rig.queue().reason(QueueRig.job(1))).isEqualTo(WaitReason.TENANT_LIMIT);
        settle(begun.getFirst(), new Ending.Done(USE));
        assertThat(rig.begin()).hasSize(1);
    }

    @Test
    void whatFailsWaitsLongerEachTimeAndIsADeadLetterAtLast() {
        rig.submit(1, 1, 1);
        rig.worker(1, QueueRig.ALL, 9);
        var failed = new Ending.Failed(true, Duration.ZERO, USE);
        Settlement first = settle(rig.begin().getFirst(), failed);
        assertThat(first.state()).isEqualTo(ItemState.DELAYED);
        assertThat(Duration.between(rig.now(), first.notBefore()))
                .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
        assertThat(rig.queue().reason(QueueRig.job(1))).isEqualTo(WaitReason.RETRY);
        assertThat(rig.begin()).isEmpty();

        Settlement second = settle(again(first), failed);
        assertThat(Duration.between(rig.now(), second.notBefore()))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
        Settlement third = settle(again(second), failed);
        assertThat(third.state()).isEqualTo(ItemState.DEAD);
        assertThat(third.failures()).isEqualTo(3);
        assertThat(rig.queue().holds(QueueRig.job(1))).as("it is finished").isFalse();
        assertThat(rig.queue().takeChanged().getLast().state()).isEqualTo(JobState.FINISHED);
    }

    private Lease again(Settlement delayed) {
        JobId job = delayed.lease().job();
        rig.pass(Duration.between(rig.now(), delayed.notBefore()));
        assertThat(rig.queue().due(rig.now())).containsExactly(job);
        rig.queue().due(job, 1, Instant.MAX);
        Turn turn = rig.queue().turns(rig.now()).getFirst();
        return rig.queue()
                .began(
                        turn,
                        new LeaseId(UUID.randomUUID()),
                        delayed.lease().index(),
                        delayed.failures(),
                        rig.now());
    }

    @Test
    void whatCanNotSucceedIsADeadLetterAtOnce() {
        rig.submit(1, 1, 2);
        rig.worker(1, QueueRig.ALL, 1);
        Settlement settlement =
                settle(rig.begin().getFirst(), new Ending.Failed(false, Duration.ZERO, USE));
        assertThat(settlement.state()).isEqualTo(ItemState.DEAD);
    }

    @Test
    void whatIsGivenBackIsNoTryAndComesAgainLater() {
        rig.submit(1, 1, 1);
        rig.worker(1, QueueRig.ALL, 1);
        Settlement settlement =
                settle(rig.begin().getFirst(), new Ending.Returned(Duration.ofSeconds(9)));
        assertThat(settlement.state()).isEqualTo(ItemState.DELAYED);
        assertThat(settlement.failures()).isZero();
        assertThat(settlement.notBefore()).isEqualTo(rig.now().plusSeconds(9));
    }

    @Test
    void aLeaseRunsOutUnlessItIsRenewedAndThenItsResultIsRefused() {
        rig.submit(1, 1, 2);
        rig.worker(1, QueueRig.ALL, 2);
        List<Lease> begun = rig.begin();
        rig.pass(Duration.ofSeconds(20));
        rig.queue().renew(begun.getFirst().id(), rig.now());
        rig.pass(Duration.ofSeconds(20));
        assertThat(rig.queue().overdue(rig.now())).containsExactly(begun.getLast());
        assertThat(settle(begun.getLast(), new Ending.Expired()).state())
                .isEqualTo(ItemState.DELAYED);
        assertThat(rig.queue().settle(begun.getLast().id(), new Ending.Done(USE), rig.now()))
                .isEmpty();
    }

    @Test
    void aPausedJobBeginsNothingAndEndsWhatIsUnderWay() {
        rig.submit(1, 1, 3);
        rig.worker(1, QueueRig.ALL, 1);
        Lease lease = rig.begin().getFirst();
        assertThat(rig.queue().happen(QueueRig.job(1), JobEvent.PAUSE)).contains(List.of());
        assertThat(rig.queue().reason(QueueRig.job(1))).isEqualTo(WaitReason.PAUSED);
        settle(lease, new Ending.Done(USE));
        rig.queue().ready(QueueRig.worker(1), 1);
        assertThat(rig.begin()).isEmpty();
        rig.queue().happen(QueueRig.job(1), JobEvent.RESUME);
        assertThat(rig.begin()).hasSize(1);
    }

    @Test
    void cancellingCallsBackWhatIsUnderWayAndRefusesItsResults() {
        rig.submit(1, 1, 3);
        rig.submit(2, 1, 3);
        rig.worker(1, QueueRig.ALL, 2);
        List<Lease> begun = rig.begin();
        assertThat(rig.queue().happen(QueueRig.job(1), JobEvent.CANCEL))
                .hasValueSatisfying(it -> assertThat(it).containsExactlyElementsOf(begun));
        assertThat(rig.queue().settle(begun.getFirst().id(), new Ending.Done(USE), rig.now()))
                .isEmpty();
        JobStanding last =
                rig.queue().takeChanged().stream()
                        .filter(it -> it.id().equals(QueueRig.job(1)))
                        .findFirst()
                        .orElseThrow();
        assertThat(last.state()).isEqualTo(JobState.CANCELLED);
        assertThat(last.counts().total()).isEqualTo(3);
        assertThat(rig.queue().running(QueueRig.tenant(1))).isZero();
    }

    @Test
    void aJobPastItsDeadlineIsToBeExpired() {
        rig.submit(1, 1, 3, 0, rig.now().plusSeconds(5), "proofs");
        assertThat(rig.queue().expired(rig.now())).isEmpty();
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.queue().expired(rig.now())).containsExactly(QueueRig.job(1));
        assertThat(rig.queue().happen(QueueRig.job(1), JobEvent.EXPIRE)).isPresent();
        assertThat(rig.queue().holds(QueueRig.job(1))).isFalse();
    }

    @Test
    void progressIsToldByTheRateOfLate() {
        rig.submit(1, 1, 1_000);
        rig.worker(1, QueueRig.ALL, 4);
        rig.work(400);
        assertThat(rig.queue().itemsPerSecond(QueueRig.job(1), rig.now())).isBetween(3.8, 4.2);
        rig.pass(Duration.ofMinutes(10));
        assertThat(rig.queue().itemsPerSecond(QueueRig.job(1), rig.now())).isLessThan(0.01);
    }

    private Settlement settle(Lease lease, Ending ending) {
        return rig.queue().settle(lease.id(), ending, rig.now()).orElseThrow();
    }
}
