package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.identity.Caller;
import assay.web.tenancy.GuestRules;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * How many verifications people without an account may begin: each of them, all of one address
 * together, so that a new guest id is no way around, and all of a tenant's together where it says
 * so. An address that keeps trying over its limit waits longer and longer. Counted by each gateway
 * for itself. Thread-safe.
 */
@Component
public class GuestLimits {
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final WebSettings.Limits limits;
    private final Buckets guests;
    private final Buckets addresses;
    private final Buckets tenants;
    private final GrowingDelay abuse;
    private final Function<UUID, GuestRules.Rules> rules;
    private final MeterRegistry meters;

    @Autowired
    GuestLimits(WebSettings settings, GuestRules rules, MeterRegistry meters) {
        this(settings, rules::of, meters, System::nanoTime);
    }

    GuestLimits(
            WebSettings settings,
            Function<UUID, GuestRules.Rules> rules,
            MeterRegistry meters,
            LongSupplier nanoTime) {
        this.rules = rules;
        this.limits = settings.limits();
        this.guests = new Buckets(limits.guestPerMinute(), limits.remembered());
        this.addresses = new Buckets(limits.addressPerMinute(), limits.remembered());
        this.tenants = new Buckets(limits.addressPerMinute(), limits.remembered());
        this.abuse = new GrowingDelay(PERIOD, limits.remembered(), nanoTime);
        this.meters = meters;
    }

    /**
     * Counts one verification. Callers who are not guests always pass.
     *
     * @param scenario that is asked for
     * @throws WebException RATE_LIMITED, with the limit and the time to wait; PERMISSION_DENIED
     *     when the tenant does not let guests in, or not to this scenario
     */
    public void admit(Caller caller, String scenario) {
        if (caller.kind() != Caller.Kind.GUEST) {
            return;
        }
        GuestRules.Rules tenant = rules.apply(caller.tenantId());
        if (!tenant.allowed() || !tenant.scenarios().contains(scenario)) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "guests are not allowed here: sign in");
        }
        // The address first: who is over that limit uses up nothing of his own.
        String address = String.valueOf(caller.sourceIp());
        refuse(
                abuse.tooEarly(address)
                        .or(() ->
                                addresses.take(address).map(wait -> abuse.refused(address, wait))),
                "address",
                limits.addressPerMinute());
        refuse(guests.take(caller.id()), "guest", limits.guestPerMinute());
        Integer together = tenant.perMinute();
        if (together != null) {
            String all = caller.tenantId() + "/" + together;
            refuse(tenants.take(all, together), "guests", together);
        }
    }

    private void refuse(Optional<Duration> wait, String limit, int perMinute) {
        if (wait.isPresent()) {
            meters.counter("assay_quota_denied", "limit", limit).increment();
            throw WebException.limited(
                    perMinute + " verifications a minute for one " + limit + " without an account",
                    new WebException.Limit(limit, perMinute, PERIOD),
                    wait.get());
        }
    }
}
