package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.limits.FailureLimits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The one check of {@code Authorization: Bearer ask_…}, for HTTP and gRPC alike. Thread-safe.
 *
 * <p>A key that is missing or wrong belongs to no tenant, so it leaves no audit record but a line
 * in the log and a count.
 */
@Component
public class BearerKeys {
    private static final Logger LOG = LoggerFactory.getLogger(BearerKeys.class);
    private static final String SCHEME = "bearer ";

    private final ApiKeys keys;
    private final KeyCallers callers;
    private final FailureLimits failures;
    private final Counter refused;

    BearerKeys(ApiKeys keys, KeyCallers callers, FailureLimits failures, MeterRegistry meters) {
        this.keys = keys;
        this.callers = callers;
        this.failures = failures;
        this.refused =
                Counter.builder("assay_keys_refused")
                        .description("Calls with a missing or wrong API key")
                        .register(meters);
    }

    /**
     * @param header what the client sent as {@code Authorization}
     * @throws WebException KEY_INVALID; PERMISSION_DENIED from an address that the key is not for;
     *     RATE_LIMITED instead, when this address guessed too often
     */
    public Caller authenticate(
            @Nullable String header, String address, @Nullable String userAgent) {
        if (header == null || header.isBlank()) {
            refused.increment();
            throw new WebException(
                    ErrorCode.KEY_INVALID, "no API key (expected: Authorization: Bearer ask_…)");
        }
        String key =
                header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                        ? header.substring(SCHEME.length()).strip()
                        : "";
        ApiKeys.Found found = keys.find(key).orElseThrow(() -> refuse(address));
        if (!found.goodFrom(address)) {
            refused.increment();
            LOG.warn("the API key {} was sent from {}, where it is not good", found.id(), address);
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED,
                    "the API key may not be used from this address: " + address);
        }
        return callers.caller(found, address, userAgent).orElseThrow(() -> refuse(address));
    }

    private WebException refuse(String address) {
        refused.increment();
        LOG.warn("a wrong API key from {}", address);
        failures.failed(address);
        return new WebException(
                ErrorCode.KEY_INVALID, "the API key is not known, or no longer good");
    }
}
