package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.limits.LeasedLimits.Outcome;
import assay.web.tenancy.DatabaseWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits that several gateways share, one step after the other. */
class LeasedLimitsIT {
    private static LimitsRig rig;

    private UUID tenant;
    private Subject all;

    @BeforeAll
    static void start() {
        rig = new LimitsRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void newTenant() {
        tenant = rig.newTenant();
        all = new Subject(Subject.Kind.TENANT, tenant.toString());
    }

    private void gateways(int count) {
        rig.gateways.clear();
        for (int i = 0; i < count; i++) {
            rig.start(i);
        }
    }

    private Outcome ask(int gateway, Need need) {
        return rig.gateways.get(gateway).admit(tenant, List.of(all), need);
    }

    private Outcome.Admitted admitted(int gateway, Need need) {
        return (Outcome.Admitted) ask(gateway, need);
    }

    private void settle(int gateway, Outcome.Admitted admitted, Need used) {
        rig.gateways.get(gateway).settle(admitted.ledger(), admitted.grips(), used);
    }

    /** What is given back near a limit is told to the database so soon. */
    private static void aMoment() {
        rig.advance(Duration.ofMillis(100));
        rig.tendAll();
    }

    private static final Need ONE = new Need(1, 0, 0, 0, 0);

    @Test
    void whatGatewaysAdmitTogetherIsExactlyTheLimit() {
        Quota quota = rig.limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 1000);
        gateways(3);
        int admitted = 0;
        for (int i = 0; i < 1500; i++) {
            if (ask(i % 3, ONE) instanceof Outcome.Admitted held) {
                settle(i % 3, held, ONE);
                admitted++;
            }
        }
        assertThat(admitted).isEqualTo(1000);
        assertThat(rig.charged(quota)).isEqualTo(1000);
    }

    @Test
    void stockOfAGatewayThatNobodyAsksAnyMoreGoesToTheOthers() {
        rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 1600);
        gateways(2);
        settle(0, admitted(0, Need.tokens(1, 0)), Need.tokens(1, 0)); // holds a stock now
        int admitted = 1;
        while (ask(1, Need.tokens(1, 0)) instanceof Outcome.Admitted held) {
            settle(1, held, Need.tokens(1, 0));
            admitted++;
        }
        assertThat(admitted).isEqualTo(1600);
    }

    @Test
    void noSixtySecondsWhateverHoldMoreThanTheLimit() {
        rig.limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 20);
        gateways(2);
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 1200; i++) {
            if (ask(i % 2, ONE) instanceof Outcome.Admitted held) {
                times.add(rig.nanos());
                settle(i % 2, held, ONE);
            }
            rig.advance(Duration.ofMillis(250));
        }
        assertThat(times).hasSizeGreaterThan(60); // and it does go on
        for (int i = 20; i < times.size(); i++) {
            assertThat(times.get(i) - times.get(i - 20))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(60).toNanos());
        }
    }

    @Test
    void aRequestTakesOfAllLimitsOrOfNone() {
        Quota requests = rig.limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 100);
        rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 10);
        gateways(1);
        for (int i = 0; i < 5; i++) {
            assertThat(ask(0, new Need(1, 0, 5, 6, 0)))
                    .isInstanceOfSatisfying(
                            Outcome.Denied.class,
                            denied ->
                                    assertThat(denied.refused().quota().kind())
                                            .isEqualTo(LimitKind.TOKENS_PER_DAY));
        }
        rig.advance(Duration.ofSeconds(3));
        rig.tendAll();
        assertThat(rig.charged(requests)).isZero();
    }

    @Test
    void whatWasReservedAndNotUsedComesBack() {
        rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 100);
        gateways(2);
        var held = admitted(0, Need.tokens(40, 50));
        assertThat(ask(1, Need.tokens(20, 0))).isInstanceOf(Outcome.Denied.class);
        settle(0, held, Need.tokens(10, 5));
        aMoment();
        assertThat(ask(1, Need.tokens(85, 0))).isInstanceOf(Outcome.Admitted.class);
        assertThat(ask(0, Need.tokens(1, 0))).isInstanceOf(Outcome.Denied.class);
    }

    @Test
    void slotsForRequestsAtOnceComeBackWhenTheyEnd() {
        rig.limit(tenant, all, LimitKind.CONCURRENT_REQUESTS, 2);
        gateways(2);
        Need slot = new Need(0, 1, 0, 0, 0);
        var first = admitted(0, slot);
        var second = admitted(1, slot);
        assertThat(ask(0, slot)).isInstanceOf(Outcome.Denied.class);
        settle(0, first, slot);
        aMoment();
        var third = admitted(1, slot);
        assertThat(ask(0, slot)).isInstanceOf(Outcome.Denied.class);
        settle(1, second, slot);
        settle(1, third, slot);
        aMoment();
        assertThat(ask(0, slot)).isInstanceOf(Outcome.Admitted.class);
    }

    @Test
    void whatAKilledGatewayReservedComesBackWithinItsLeaseAndWhatItSettledDoesNot() {
        Quota quota = rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 100);
        gateways(2);
        rig.tendAll();
        rig.advance(LimitsRig.LEASE); // the second gateway has been there for a while
        settle(0, admitted(0, Need.tokens(30, 0)), Need.tokens(30, 0));
        admitted(0, Need.tokens(60, 0)); // under way when it is killed
        rig.advance(Duration.ofSeconds(3));
        rig.tendAll();
        rig.gateways.removeFirst();
        assertThat(ask(0, Need.tokens(70, 0))).isInstanceOf(Outcome.Denied.class);
        rig.advance(LimitsRig.LEASE.plusMillis(1));
        assertThat(ask(0, Need.tokens(71, 0))).isInstanceOf(Outcome.Denied.class);
        rig.advance(Duration.ofMillis(100));
        settle(0, admitted(0, Need.tokens(70, 0)), Need.tokens(70, 0));
        assertThat(rig.charged(quota)).isEqualTo(100);
    }

    @Test
    void aGatewayThatWasThoughtGoneIsChargedForWhatItFinishes() {
        Quota quota = rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 1000);
        gateways(2);
        rig.tendAll();
        var held = admitted(0, Need.tokens(400, 0));
        LeasedLimits paused = rig.gateways.removeFirst();
        rig.advance(LimitsRig.LEASE.multipliedBy(2));
        settle(0, admitted(0, Need.tokens(1, 0)), Need.tokens(1, 0)); // takes its leases back
        paused.settle(held.ledger(), held.grips(), Need.tokens(300, 0));
        rig.gateways.add(paused);
        rig.advance(Duration.ofSeconds(3));
        rig.tendAll();
        rig.advance(Duration.ofSeconds(3));
        rig.tendAll();
        assertThat(rig.charged(quota)).isEqualTo(301);
    }

    @Test
    void farFromTheLimitTheDatabaseIsAskedSeldom() {
        rig.limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 100_000);
        var asked = new java.util.concurrent.atomic.AtomicInteger();
        var store =
                new DatabaseLeases(
                        rig.transactions, UUID.randomUUID(), LimitsRig.LEASE, () -> rig.now);
        LeaseStore counting =
                new LeaseStore() {
                    @Override
                    public List<Quota> quotas(UUID tenantId) {
                        return store.quotas(tenantId);
                    }

                    @Override
                    public List<Answer> exchange(UUID id, boolean collect, List<Item> items) {
                        asked.incrementAndGet();
                        return store.exchange(id, collect, items);
                    }
                };
        try (var limits = new LeasedLimits(counting, LimitsRig.LEASE, rig::nanos, nanos -> {})) {
            for (int i = 0; i < 1000; i++) {
                var held = (Outcome.Admitted) limits.admit(tenant, List.of(all), ONE);
                limits.settle(held.ledger(), held.grips(), ONE);
            }
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void whileTheDatabaseIsAwayLeasesThatAreHeldAreUsedUpAndThenNobodyIsAdmitted() {
        rig.limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 1000);
        var away = new java.util.concurrent.atomic.AtomicBoolean();
        var store =
                new DatabaseLeases(
                        rig.transactions, UUID.randomUUID(), LimitsRig.LEASE, () -> rig.now);
        LeaseStore cut =
                new LeaseStore() {
                    @Override
                    public List<Quota> quotas(UUID tenantId) {
                        return store.quotas(tenantId);
                    }

                    @Override
                    public List<Answer> exchange(UUID id, boolean collect, List<Item> items) {
                        if (away.get()) {
                            throw DatabaseWatch.unavailable(null);
                        }
                        return store.exchange(id, collect, items);
                    }
                };
        try (var limits = new LeasedLimits(cut, LimitsRig.LEASE, rig::nanos, nanos -> {})) {
            var first = (Outcome.Admitted) limits.admit(tenant, List.of(all), ONE);
            away.set(true);
            limits.settle(first.ledger(), first.grips(), ONE);
            int admitted = 0;
            try {
                while (true) {
                    limits.admit(tenant, List.of(all), ONE);
                    admitted++;
                }
            } catch (WebException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_AWAY);
            }
            assertThat(admitted).isEqualTo(62); // a sixteenth of the limit was in stock
            away.set(false);
            assertThat(limits.admit(tenant, List.of(all), ONE))
                    .isInstanceOf(Outcome.Admitted.class);
        }
    }

    @Test
    void aLimitThatWasLoweredBindsAsSoonAsItIsHeardOf() {
        Quota quota = rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 10_000);
        gateways(1);
        settle(0, admitted(0, Need.tokens(50, 0)), Need.tokens(50, 0));
        rig.superuser()
                .sql("update quotas set amount = 60, version = version + 1 where id = ?")
                .param(quota.id())
                .update();
        rig.advance(Duration.ofSeconds(6)); // or a signal
        rig.tendAll();
        assertThat(ask(0, Need.tokens(11, 0))).isInstanceOf(Outcome.Denied.class);
        assertThat(ask(0, Need.tokens(10, 0))).isInstanceOf(Outcome.Admitted.class);
    }

    @Test
    void aNoticeIsLeftOnceWhenTheSoftThresholdIsPassed() {
        Quota quota = rig.limit(tenant, all, LimitKind.TOKENS_PER_DAY, 100);
        gateways(1);
        for (int i = 0; i < 9; i++) {
            settle(0, admitted(0, Need.tokens(10, 0)), Need.tokens(10, 0));
            assertThat(notices(quota)).isEqualTo(i < 7 ? 0 : 1);
        }
    }

    private static long notices(Quota quota) {
        return rig.superuser()
                .sql("select count(*) from quota_notices where quota_id = ?")
                .param(quota.id())
                .query(Long.class)
                .single();
    }
}
