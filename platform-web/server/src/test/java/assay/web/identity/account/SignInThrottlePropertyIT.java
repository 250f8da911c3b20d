package assay.web.identity.account;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.tenancy.PersonTransactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule that slows guesses down, over the real database and a clock of its own. */
class SignInThrottlePropertyIT {
    private final RunningGateway gateway = RunningGateway.shared();
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2031-01-01T00:00:00Z"));
    private final SignInThrottle throttle =
            new SignInThrottle(
                    gateway.bean(PersonTransactions.class),
                    new AccountSecrets(fresh()),
                    (InstantSource) now::get,
                    gateway.bean(WebSettings.class));

    private static byte[] fresh() {
        byte[] secret = new byte[32];
        new java.security.SecureRandom().nextBytes(secret);
        return secret;
    }

    private boolean admitted(String account, String address, @Nullable String device) {
        try {
            throttle.password(account, address, device);
            return true;
        } catch (WebException e) {
            assertThat(e.retryAfter()).isPresent();
            return false;
        }
    }

    /**
     * Attackers at some addresses guess at the victim's account as they like. The victim signs in
     * now and then, from an address of his own or from a browser that was here before, even at an
     * attacker's address: he never waits. And no attacker gets more guesses than the bound.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nobodyCanBeLockedOutAndNobodyGuessesMoreThanTheBound(long seed) {
        var random = new Random(seed);
        Instant began = now.get();
        int[] guesses = new int[3];
        for (int i = 0; i < 400; i++) {
            now.updateAndGet(at -> at.plusMillis(random.nextInt(60_000)));
            int attacker = random.nextInt(guesses.length);
            if (admitted("victim", "198.51.100." + attacker, null)) {
                guesses[attacker]++;
            }
            if (random.nextInt(20) == 0) {
                boolean known = random.nextBoolean();
                var attempt =
                        throttle.password(
                                "Victim",
                                known ? "198.51.100." + attacker : "203.0.113.7",
                                known ? "his-browser" : null);
                throttle.succeeded(attempt);
            }
        }
        Duration passed = Duration.between(began, now.get());
        for (int each : guesses) {
            assertThat(each).isLessThanOrEqualTo(SignInThrottle.ACCOUNT.bound(passed));
        }
    }

    @Test
    void manyAtOnceAreNoMoreThanOneAfterTheOther() throws Exception {
        List<Callable<Boolean>> guesses = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            guesses.add(() -> admitted("crowd", "192.0.2.1", null));
        }
        int admitted = 0;
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (Future<Boolean> each : threads.invokeAll(guesses)) {
                admitted += each.get() ? 1 : 0;
            }
        }
        assertThat(admitted).isEqualTo(SignInThrottle.ACCOUNT.free() + 1);
    }

    @Test
    void anAccountOfOnesOwnWashesNoAddressClean() {
        int free = gateway.bean(WebSettings.class).limits().failuresPerMinute();
        int admitted = 0;
        for (int i = 0; i < free + 20; i++) {
            admitted += admitted("somebody-" + i, "192.0.2.2", null) ? 1 : 0;
            if (i < free) {
                throttle.succeeded(throttle.password("mine", "192.0.2.2", null));
            }
        }
        assertThat(admitted).isEqualTo(free + 1);
    }

    @Test
    void afterADayWithoutAFailureThereWereNone() {
        while (admitted("forgetful", "192.0.2.3", null)) {
            assertThat(now.get()).isNotNull();
        }
        now.updateAndGet(at -> at.plus(SignInThrottle.ACCOUNT.forgotten()));
        for (int i = 0; i < SignInThrottle.ACCOUNT.free(); i++) {
            assertThat(admitted("forgetful", "192.0.2.3", null)).isTrue();
        }
    }

    @Test
    void theAddressesOfOneSubscriberAreOne() {
        assertThat(SignInThrottle.network("2001:db8:1:2::1"))
                .isEqualTo(SignInThrottle.network("2001:db8:1:2:ffff::9"))
                .isNotEqualTo(SignInThrottle.network("2001:db8:1:3::1"));
        assertThat(SignInThrottle.network("192.0.2.1")).isEqualTo("192.0.2.1");
    }
}
