package assay.web.identity;

import assay.audit.AuditRow;
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
 * <p>A key that is missing or wrong leaves a line in the log and a count; the faces leave the audit
 * record.
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
        ApiKeys.Found found = keys.find(key(header)).orElseThrow(() -> refuse(address));
        if (!found.goodFrom(address)) {
            refused.increment();
            LOG.warn("the API key {} was sent from {}, where it is not good", found.id(), address);
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED,
                    "the API key may not be used from this address: " + address);
        }
        return callers.caller(found, address, userAgent).orElseThrow(() -> refuse(address));
    }

    /**
     * Whom the records name for a key that was refused: the key itself when it was one once, or is
     * one that may not be used so; else nobody, with what people recognise a key by.
     */
    public Caller claimed(@Nullable String header, String address, @Nullable String userAgent) {
        String key = header == null ? "" : key(header);
        return keys.claimed(key)
                .orElseGet(() ->
                        new ApiKeys.Claimed(
                                AuditRow.PLATFORM,
                                "",
                                ApiKeyText.wellFormed(key) ? ApiKeyText.prefix(key) : ""))
                .caller(address, userAgent);
    }

    private static String key(String header) {
        return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? header.substring(SCHEME.length()).strip()
                : "";
    }

    private WebException refuse(String address) {
        refused.increment();
        LOG.warn("a wrong API key from {}", address);
        failures.failed(address);
        return new WebException(
                ErrorCode.KEY_INVALID, "the API key is not known, or no longer good");
    }
}
