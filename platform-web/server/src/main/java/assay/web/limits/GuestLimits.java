package assay.web.limits;

import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.identity.Caller;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * How many verifications people without an account may begin: each of them, and all of one address
 * together, so that a new guest id is no way around. Thread-safe.
 */
@Component
public class GuestLimits {
    private final WebSettings.Limits limits;
    private final Buckets guests;
    private final Buckets addresses;
    private final MeterRegistry meters;

    GuestLimits(WebSettings settings, MeterRegistry meters) {
        this.limits = settings.limits();
        this.guests = new Buckets(limits.guestPerMinute(), limits.remembered());
        this.addresses = new Buckets(limits.addressPerMinute(), limits.remembered());
        this.meters = meters;
    }

    /**
     * Counts one verification. Callers who are not guests always pass.
     *
     * @throws WebException RATE_LIMITED, with the limit and the time to wait
     */
    public void admit(Caller caller) {
        if (caller.kind() != Caller.Kind.GUEST) {
            return;
        }
        // The address first: who is over that limit uses up nothing of his own.
        String address = String.valueOf(caller.sourceIp());
        refuse(addresses.take(address), "address", limits.addressPerMinute());
        refuse(guests.take(caller.id()), "guest", limits.guestPerMinute());
    }

    private void refuse(Optional<Duration> wait, String limit, int perMinute) {
        if (wait.isPresent()) {
            meters.counter("assay_quota_denied", "limit", limit).increment();
            throw WebException.limited(
                    perMinute + " verifications a minute for one " + limit + " without an account",
                    new WebException.Limit(limit, perMinute, Duration.ofMinutes(1)),
                    wait.get());
        }
    }
}
