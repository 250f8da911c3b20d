package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.limits.LeasedLimits.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any interleaving of requests, ends, cancellations, reports, pauses and kills of three gateways,
 * beside a list of all that was ever admitted: at no moment does a window hold more than its limit,
 * nobody is refused without a limit that lacks what he needs, and in the end what is charged is
 * what was used.
 */
class LeasedLimitsPropertyIT {
    private static final int STEPS = 500;
    private static final Duration MINUTE = Duration.ofSeconds(60);

    private static LimitsRig rig;

    @BeforeAll
    static void start() {
        rig = new LimitsRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** A request of the model's. */
    private static final class Request {
        final int gateway;
        final long at;
        final List<Subject> subjects;
        final Need reserved;
        final Outcome.Admitted held;
        Need counted;
        boolean underWay = true;
        boolean killed;

        Request(int gateway, long at, List<Subject> subjects, Need need, Outcome.Admitted held) {
            this.gateway = gateway;
            this.at = at;
            this.subjects = subjects;
            this.reserved = need;
            this.counted = need;
            this.held = held;
        }
    }

    private final List<Request> requests = new ArrayList<>();
    private final List<Quota> quotas = new ArrayList<>();
    private long killedAt = Long.MIN_VALUE / 2;
    private int denied;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void noInterleavingPassesALimit(long seed) {
        var random = new Random(seed);
        UUID tenant = rig.newTenant();
        limits(tenant, random);
        rig.gateways.clear();
        for (int i = 0; i < 3; i++) {
            rig.start(i);
        }
        for (int step = 0; step < STEPS; step++) {
            step(tenant, random, seed % 2 == 0);
            check("seed " + seed + ", step " + step);
        }
        assertThat(requests).as("seed %s", seed).hasSizeGreaterThan(100);
        assertThat(denied).as("seed %s", seed).isPositive();
        settleAll(seed);
    }

    private void limits(UUID tenant, Random random) {
        var all = new Subject(Subject.Kind.TENANT, tenant.toString());
        limit(tenant, all, LimitKind.REQUESTS_PER_MINUTE, 40 + random.nextInt(100));
        limit(tenant, all, LimitKind.CONCURRENT_REQUESTS, 3 + random.nextInt(20));
        limit(tenant, all, LimitKind.TOKENS_PER_MONTH, 20_000 + random.nextInt(40_000));
        limit(tenant, user(0), LimitKind.OUTPUT_TOKENS_PER_MINUTE, 1000 + random.nextInt(3000));
        limit(tenant, user(1), LimitKind.INPUT_TOKENS_PER_MINUTE, 500 + random.nextInt(3000));
        limit(tenant, model(0), LimitKind.TOKENS_PER_DAY, 5_000 + random.nextInt(20_000));
    }

    private void limit(UUID tenant, Subject subject, LimitKind kind, long amount) {
        quotas.add(rig.limit(tenant, subject, kind, amount));
    }

    private static Subject user(int number) {
        return new Subject(Subject.Kind.USER, "user-" + number);
    }

    private static Subject model(int number) {
        return new Subject(Subject.Kind.MODEL, "model-" + number);
    }

    private void step(UUID tenant, Random random, boolean kills) {
        int gateway = random.nextInt(3);
        int what = random.nextInt(100);
        if (what < 50) {
            ask(tenant, gateway, random);
        } else if (what < 80) {
            end(random);
        } else if (what < 90) {
            rig.gateways.get(gateway).tendAll();
        } else if (what < 99 || !kills) {
            rig.advance(Duration.ofMillis(random.nextInt(3000)));
            if (random.nextInt(3) > 0) { // else nobody finds the time to report
                rig.tendAll();
            }
        } else {
            kill(gateway);
        }
    }

    private void ask(UUID tenant, int gateway, Random random) {
        var subjects =
                List.of(
                        new Subject(Subject.Kind.TENANT, tenant.toString()),
                        user(random.nextInt(3)),
                        model(random.nextInt(2)));
        var need = Need.generation(1 + random.nextInt(80), 1 + random.nextInt(120));
        var outcome = rig.gateways.get(gateway).admit(tenant, subjects, need);
        if (outcome instanceof Outcome.Denied && random.nextBoolean()) {
            // What others have just given back is known within a moment.
            rig.advance(Duration.ofMillis(100));
            rig.tendAll();
            outcome = rig.gateways.get(gateway).admit(tenant, subjects, need);
            if (outcome instanceof Outcome.Denied(Refused refused)) {
                checkDenial(refused, need);
            }
        }
        switch (outcome) {
            case Outcome.Admitted held ->
                    requests.add(new Request(gateway, rig.nanos(), subjects, need, held));
            case Outcome.Denied _ -> denied++;
        }
    }

    /**
     * What is charged may be older by a slot, fetched a slot ahead, and of a gateway that is gone.
     */
    private void checkDenial(Refused refused, Need need) {
        if (rig.nanos() - killedAt < LimitsRig.LEASE.multipliedBy(2).toNanos() + MINUTE.toNanos()) {
            return;
        }
        Quota quota = refused.quota();
        long most = sum(quota, MINUTE.plusSeconds(12), true);
        assertThat(most + quota.kind().of(need))
                .as("%s of %s lacks what was refused", quota.kind(), quota.subject())
                .isGreaterThan(quota.amount());
    }

    private void end(Random random) {
        var open = requests.stream().filter(each -> each.underWay).toList();
        if (open.isEmpty()) {
            return;
        }
        Request request = open.get(random.nextInt(open.size()));
        Need used =
                random.nextInt(5) == 0
                        ? Need.NOTHING
                        : new Need(
                                1,
                                0,
                                random.nextLong(request.reserved.inputTokens() + 1),
                                random.nextLong(request.reserved.outputTokens() + 1),
                                0);
        rig.gateways.get(request.gateway).settle(request.held.ledger(), request.held.grips(), used);
        request.underWay = false;
        request.counted = used;
    }

    private void kill(int gateway) {
        rig.start(gateway);
        killedAt = rig.nanos();
        for (Request each : requests) {
            if (each.gateway == gateway && each.underWay) {
                each.underWay = false;
                each.killed = true;
            }
        }
    }

    private void check(String when) {
        for (Quota quota : quotas) {
            assertThat(sum(quota, MINUTE, false))
                    .as("%s: %s of %s", when, quota.kind(), quota.subject())
                    .isLessThanOrEqualTo(quota.amount());
        }
    }

    /** All of the model's requests that count now against the limit. */
    private long sum(Quota quota, Duration minute, boolean withKilled) {
        long sum = 0;
        for (Request each : requests) {
            boolean counts =
                    each.subjects.contains(quota.subject())
                            && (withKilled || !each.killed)
                            && switch (quota.kind()) {
                                case CONCURRENT_REQUESTS -> each.underWay;
                                case TOKENS_PER_DAY, TOKENS_PER_MONTH -> true;
                                default -> rig.nanos() - each.at < minute.toNanos();
                            };
            sum += counts ? quota.kind().of(each.counted) : 0;
        }
        return sum;
    }

    /** When all has ended and what was lost has come back, only what was used is charged. */
    private void settleAll(long seed) {
        requests.stream()
                .filter(each -> each.underWay)
                .forEach(each -> {
                    rig.gateways
                            .get(each.gateway)
                            .settle(each.held.ledger(), each.held.grips(), Need.NOTHING);
                    each.underWay = false;
                    each.counted = Need.NOTHING;
                });
        for (int i = 0; i < 3; i++) {
            rig.advance(LimitsRig.LEASE);
            rig.tendAll();
        }
        boolean killed = requests.stream().anyMatch(each -> each.killed);
        for (Quota quota : quotas) {
            long used = sum(quota, MINUTE, false);
            boolean counts = quota.kind().period().compareTo(MINUTE) > 0;
            if (counts && !killed) {
                assertThat(rig.charged(quota)).as("seed %s: %s", seed, quota).isEqualTo(used);
            } else if (counts) {
                assertThat(rig.charged(quota)).as("seed %s", seed).isGreaterThanOrEqualTo(used);
            } else if (quota.kind() == LimitKind.CONCURRENT_REQUESTS && !killed) {
                assertThat(rig.charged(quota)).as("seed %s", seed).isZero();
            }
        }
    }
}
