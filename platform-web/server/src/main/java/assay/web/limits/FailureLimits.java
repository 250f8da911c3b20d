package assay.web.limits;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Slows down who guesses keys or passwords, by address. Thread-safe. */
@Component
public class FailureLimits {
    private final Buckets addresses;

    FailureLimits(WebSettings settings) {
        this.addresses =
                new Buckets(settings.limits().failuresPerMinute(), settings.limits().remembered());
    }

    /**
     * Counts a failure.
     *
     * @throws WebException RATE_LIMITED when there were too many
     */
    public void failed(String address) {
        refuse(addresses.take(address));
    }

    /**
     * Counts nothing.
     *
     * @throws WebException RATE_LIMITED when there were too many
     */
    public void check(String address) {
        refuse(addresses.blocked(address));
    }

    private static void refuse(Optional<Duration> wait) {
        if (wait.isPresent()) {
            throw new WebException(
                    ErrorCode.RATE_LIMITED,
                    "too many failed sign-ins from this address",
                    Map.of(),
                    wait.get(),
                    null);
        }
    }
}
