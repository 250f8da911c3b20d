package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.check.v1.Outcome;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditEvent;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.verify.Step.StatementChecked;
import assay.web.verify.Verification.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The life of verifications beside one another: admission, followers, ends, and who may see and do
 * what.
 */
class TheoremVerificationsIT {
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final String TRUTH = VerificationRig.TRUTH;
    private static final String PROOF = VerificationRig.PROOF;

    private static VerificationRig rig;

    @BeforeAll
    static void start() {
        rig = new VerificationRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void fresh() {
        rig.restart(VerificationRig.LIMITS);
    }

    @Test
    void oneMoreThanMayRunIsRefusedWithATimeToRetryAfter() {
        rig.generation.hangs = true;
        UUID first = rig.verifications.start(rig.command(TRUTH, 1));
        UUID second = rig.verifications.start(rig.command(TRUTH, 1));

        assertThatThrownBy(() -> rig.verifications.start(rig.command(TRUTH, 1)))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_FULL);
                            assertThat(e.retryAfter()).contains(Duration.ofSeconds(5));
                        });
        assertThat(rig.audited).hasSize(1);
        assertThat(rig.audited.getFirst().reason()).isEqualTo("QUEUE_FULL");

        rig.verifications.cancel(rig.owner, first);
        rig.verifications.cancel(rig.owner, second);
    }

    @Test
    void cancellingStopsTheGenerationAndKeepsWhatWasFound() throws InterruptedException {
        rig.generation.hangs = true;
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));
        assertThat(rig.generation.entered.await(10, TimeUnit.SECONDS)).isTrue();

        rig.verifications.cancel(rig.owner, id);

        var v = rig.verifications.find(rig.owner, id);
        assertThat(v.state()).isEqualTo(State.CANCELLED);
        assertThat(v.steps()).hasOnlyElementsOfType(StatementChecked.class);
        rig.verifications.cancel(rig.owner, id); // a second time changes nothing
        assertThat(rig.stored(id)).isEqualTo(v);
        assertThat(rig.audited)
                .extracting(AuditEvent::action)
                .containsExactly("verification.run", "verification.cancel", "verification.cancel");
    }

    @Test
    void followersSeeThePresentStateAndTheEnd() throws Exception {
        rig.generation.answers = number -> "proof:\nattempt " + number + ".";
        List<Verification> seen = Collections.synchronizedList(new ArrayList<>());
        var over = new CountDownLatch(1);
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));
        try (AutoCloseable _ =
                rig.verifications.follow(
                        rig.owner,
                        id,
                        v -> {
                            seen.add(v);
                            if (v.state() != State.RUNNING) {
                                over.countDown();
                            }
                        })) {
            assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(seen.getLast()).isEqualTo(rig.stored(id));
        for (int i = 1; i < seen.size(); i++) {
            assertThat(seen.get(i).steps().size())
                    .isGreaterThanOrEqualTo(seen.get(i - 1).steps().size());
        }
    }

    @Test
    void aFollowerThatHangsOrThrowsHoldsUpNothing() throws Exception {
        rig.generation.answers = number -> PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;
        rig.generation.hangs = true;
        var release = new CountDownLatch(1);
        UUID id = rig.verifications.start(rig.command(TRUTH, 1));
        rig.verifications.follow(
                rig.owner,
                id,
                v -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        rig.verifications.follow(
                rig.owner,
                id,
                v -> {
                    throw new IllegalStateException("a listener's own fault");
                });

        rig.verifications.cancel(rig.owner, id);

        assertThat(rig.verifications.await(rig.owner, id, Duration.ofSeconds(10)).state())
                .isEqualTo(State.CANCELLED);
        release.countDown();
    }

    @Test
    void whatAKilledServerLeftRunningIsMarkedAsFailedAndAudited() {
        rig.generation.hangs = true;
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));

        rig.restart(VerificationRig.LIMITS); // the old one is forgotten, as by a kill
        assertThat(rig.stored(id).state()).isEqualTo(State.RUNNING);
        assertThat(rig.verifications.recover()).isPositive();

        var v = rig.stored(id);
        assertThat(v.state()).isEqualTo(State.FAILED);
        assertThat(v.reason()).contains("server stopped");
        assertThat(v.finishedAt()).isNotNull();
        assertThat(rig.audited)
                .anySatisfy(event -> {
                    assertThat(event.objectId()).isEqualTo(id.toString());
                    assertThat(event.caller().name()).isEqualTo("Name of alice");
                    assertThat(event.outcome()).isEqualTo(AuditEvent.Outcome.FAILURE);
                });
        assertThat(rig.verifications.recover()).isZero();
    }

    @Test
    void aGatewayThatStartsEndsItsOwnPastAndNotWhatAnotherRuns() {
        rig.generation.hangs = true;
        rig.store(VerificationRig.GATEWAY).live(LEASE);
        UUID others = rig.verifications.start(rig.command(TRUTH, 8));
        try (var second = rig.newServer("urn:assay:gateway:two")) {
            rig.store("urn:assay:gateway:two").live(LEASE);
            UUID own = second.start(rig.command(TRUTH, 8));
            try (var again = rig.newServer("urn:assay:gateway:two")) {
                assertThat(again.recover()).isOne();
            }
            assertThat(rig.stored(own).state()).isEqualTo(State.FAILED);
            assertThat(rig.stored(others).state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void whatAGatewayRanThatIsGoneIsEndedByAnotherAfterALease() {
        rig.generation.hangs = true;
        var first = rig.store(VerificationRig.GATEWAY);
        first.live(LEASE);
        UUID left = rig.verifications.start(rig.command(TRUTH, 8));
        var nanos = new AtomicLong();
        var second = rig.store("urn:assay:gateway:two");
        try (var server = rig.newServer("urn:assay:gateway:two");
                var lease = new GatewayLease(second, server::recover, LEASE, nanos::get)) {
            lease.beat();
            nanos.addAndGet(LEASE.toNanos());
            lease.beat();
            assertThat(rig.stored(left).state()).as("the first lives").isEqualTo(State.RUNNING);

            first.leave();
            assertThat(second.gone()).containsExactly(VerificationRig.GATEWAY);
            lease.beat();
            assertThat(rig.stored(left).state()).isEqualTo(State.FAILED);
            assertThat(second.gone()).as("is forgotten").isEmpty();
        }
    }

    @Test
    void nobodyIsTakenForGoneByOneThatJustCameBackItself() {
        rig.generation.hangs = true;
        var first = rig.store(VerificationRig.GATEWAY);
        first.live(LEASE);
        first.leave();
        UUID left = rig.verifications.start(rig.command(TRUTH, 8));
        var nanos = new AtomicLong();
        var second = rig.store("urn:assay:gateway:two");
        try (var server = rig.newServer("urn:assay:gateway:two");
                var lease = new GatewayLease(second, server::recover, LEASE, nanos::get)) {
            nanos.addAndGet(LEASE.toNanos() - 1);
            lease.beat();
            assertThat(rig.stored(left).state()).isEqualTo(State.RUNNING);
            nanos.addAndGet(1);
            lease.beat();
            assertThat(rig.stored(left).state()).isEqualTo(State.FAILED);
        }
    }

    @Test
    void othersDoNotEvenLearnThatItExists() {
        rig.generation.answers = number -> PROOF;
        UUID id = rig.run(rig.command(TRUTH, 1)).id();
        var colleague = rig.caller(Caller.Kind.USER, "bob");
        var sameIdOtherKind = rig.caller(Caller.Kind.GUEST, "alice");
        var otherTenant =
                rig.with(rig.owner, rig.newTenant(), Set.of(Permission.VERIFICATION_READ_ALL));
        for (Caller stranger : List.of(colleague, sameIdOtherKind, otherTenant)) {
            refuses(() -> rig.verifications.find(stranger, id), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.cancel(stranger, id), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.reportHtml(stranger, id, "en"), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.follow(stranger, id, v -> {}), ErrorCode.NOT_FOUND);
            assertThat(rig.verifications.recent(stranger, 10)).isEmpty();
        }
        var auditor = rig.with(colleague, rig.tenant, Set.of(Permission.VERIFICATION_READ_ALL));
        assertThat(rig.verifications.find(auditor, id).id()).isEqualTo(id);
        refuses(() -> rig.verifications.cancel(auditor, id), ErrorCode.PERMISSION_DENIED);
    }

    @Test
    void theOwnersLastOnesComeNewestFirst() {
        var carol = rig.caller(Caller.Kind.USER, "carol");
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 3; i++) {
            var command = new TheoremCommand(carol, "r", "coq", TRUTH, "", 1, null);
            ids.addFirst(rig.run(command).id());
        }
        assertThat(rig.verifications.recent(carol, 2))
                .extracting(Verification::id)
                .containsExactlyElementsOf(ids.subList(0, 2));
    }

    @Test
    void guestsAreAdmittedByTheirGateAndOthersPassItBy() {
        int before = rig.guestsAdmitted.get();
        rig.run(rig.command(TRUTH, 1));
        assertThat(rig.guestsAdmitted).hasValue(before);
        var guest = rig.caller(Caller.Kind.GUEST, "browser-1");
        rig.run(new TheoremCommand(guest, "r", "coq", TRUTH, "", 1, null));
        assertThat(rig.guestsAdmitted).hasValue(before + 1);
    }

    @Test
    void aRunIsAuditedOnceWithFiguresAndDigestsAndNoText() {
        rig.generation.answers = number -> PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;

        var v = rig.run(rig.command(TRUTH, 8));

        assertThat(rig.audited).hasSize(1);
        AuditEvent event = rig.audited.getFirst();
        assertThat(event.action()).isEqualTo("verification.run");
        assertThat(event.objectId()).isEqualTo(v.id().toString());
        assertThat(event.outcome()).isEqualTo(AuditEvent.Outcome.SUCCESS);
        assertThat(event.model()).isEqualTo("assay-reference");
        assertThat(event.requestId()).isEqualTo("request-1");
        assertThat(event.duration()).isPositive();
        assertThat(event.details())
                .containsEntry("statement_sha256", Sha256.hex(TRUTH))
                .containsEntry("verdict", "proved")
                .containsEntry("candidates", 1)
                .containsKey("tokens");
        assertThat(event.details().toString()).doesNotContain("forall");
    }

    @Test
    void withoutTheRightNothingBegins() {
        var powerless = rig.with(rig.owner, rig.tenant, Set.of());
        refuses(
                () ->
                        rig.verifications.start(
                                new TheoremCommand(powerless, "r", "coq", TRUTH, "", 1, null)),
                ErrorCode.PERMISSION_DENIED);
        assertThat(rig.audited.getFirst().outcome()).isEqualTo(AuditEvent.Outcome.DENIED);
    }

    @Test
    void leanIsRefusedWithAReason() {
        assertThatThrownBy(() ->
                        rig.verifications.start(
                                new TheoremCommand(rig.owner, "r", "lean", TRUTH, "", 1, null)))
                .hasMessageContaining("lean is not installed in this release");
    }

    private static void refuses(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WebException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
