package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettingsTest;
import assay.web.identity.Caller;
import assay.web.identity.Role;
import assay.web.tenancy.GuestRules;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuestLimitsTest {
    private Set<String> scenarios = Set.of("theorem");
    private @Nullable Integer together;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final GuestLimits limits =
            new GuestLimits(
                    WebSettingsTest.of(
                            Map.of(
                                    "assay.web.limits.guest-per-minute", "2",
                                    "assay.web.limits.address-per-minute", "3")),
                    tenant -> new GuestRules.Rules(tenant, true, scenarios, together),
                    meters,
                    System::nanoTime);

    private static Caller caller(Caller.Kind kind, String id, String address) {
        return new Caller(
                UUID.randomUUID(), kind, id, "x", "GUEST", Role.GUEST.permissions(), address, null);
    }

    private static Caller guest(String id) {
        return caller(Caller.Kind.GUEST, id, "10.0.0.1");
    }

    @Test
    void aGuestHasSoManyAMinute() {
        limits.admit(guest("a"), "theorem");
        limits.admit(guest("a"), "theorem");
        var refused =
                catchThrowableOfType(WebException.class, () -> limits.admit(guest("a"), "theorem"));
        assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refused.detail()).contains("guest");
        assertThat(refused.limit())
                .contains(new WebException.Limit("guest", 2, Duration.ofMinutes(1)));
        assertThat(refused.retryAfter().orElseThrow().toSeconds()).isBetween(1L, 30L);
        assertThat(meters.counter("assay_quota_denied", "limit", "guest").count()).isOne();
    }

    @Test
    void aNewGuestIdIsNoWayAroundTheAddressesLimit() {
        limits.admit(guest("a"), "theorem");
        limits.admit(guest("b"), "theorem");
        limits.admit(guest("c"), "theorem");
        var refused =
                catchThrowableOfType(WebException.class, () -> limits.admit(guest("d"), "theorem"));
        assertThat(refused.detail()).contains("address");
        assertThat(refused.limit())
                .contains(new WebException.Limit("address", 3, Duration.ofMinutes(1)));
    }

    @Test
    void anAddressThatKeepsTryingWaitsLongerEachTime() {
        for (String each : new String[] {"a", "b", "c"}) {
            limits.admit(guest(each), "theorem");
        }
        long before = 0;
        for (int i = 0; i < 3; i++) {
            var refused =
                    catchThrowableOfType(
                            WebException.class, () -> limits.admit(guest("d"), "theorem"));
            long wait = refused.retryAfter().orElseThrow().toMillis();
            assertThat(wait).isGreaterThan(before).isLessThanOrEqualTo(60_000);
            before = wait;
        }
        assertThat(before).as("never beyond the minute of the limit").isGreaterThan(50_000);
        assertThatCode(() -> limits.admit(caller(Caller.Kind.GUEST, "d", "10.0.0.9"), "theorem"))
                .as("another address")
                .doesNotThrowAnyException();
    }

    @Test
    void whoHasAnAccountOrAKeyIsNotLimitedHere() {
        for (int i = 0; i < 10; i++) {
            Caller key = caller(Caller.Kind.API_KEY, "k", "10.0.0.1");
            assertThatCode(() -> limits.admit(key, "theorem")).doesNotThrowAnyException();
        }
    }

    @Test
    void forgetsTheKeyUnseenForLongest() {
        var buckets = new Buckets(1, 2);
        assertThat(buckets.take("a")).isEmpty();
        assertThat(buckets.take("b")).isEmpty();
        assertThat(buckets.take("a")).isPresent();
        assertThat(buckets.take("c")).isEmpty(); // b goes
        assertThat(buckets.take("a")).isPresent();
        assertThat(buckets.take("b")).isEmpty();
    }

    @Test
    void aTenantSaysWhatItsGuestsMayDo() {
        scenarios = Set.of("code");
        var refused =
                catchThrowableOfType(WebException.class, () -> limits.admit(guest("a"), "theorem"));
        assertThat(refused.code()).isEqualTo(ErrorCode.PERMISSION_DENIED);
        assertThatCode(() -> limits.admit(guest("a"), "code")).doesNotThrowAnyException();
    }

    @Test
    void allGuestsOfATenantHaveABoundTogetherWhereItSaysSo() {
        together = 2;
        UUID tenant = UUID.randomUUID();
        limits.admit(guest(tenant, "a", "10.0.0.1"), "theorem");
        limits.admit(guest(tenant, "b", "10.0.0.2"), "theorem");
        var refused =
                catchThrowableOfType(
                        WebException.class,
                        () -> limits.admit(guest(tenant, "c", "10.0.0.3"), "theorem"));
        assertThat(refused.limit())
                .contains(new WebException.Limit("guests", 2, Duration.ofMinutes(1)));
        assertThatCode(() -> limits.admit(guest(UUID.randomUUID(), "d", "10.0.0.4"), "theorem"))
                .as("another tenant's")
                .doesNotThrowAnyException();
    }

    private static Caller guest(UUID tenant, String id, String address) {
        return new Caller(
                tenant,
                Caller.Kind.GUEST,
                id,
                "x",
                "GUEST",
                Role.GUEST.permissions(),
                address,
                null);
    }
}
