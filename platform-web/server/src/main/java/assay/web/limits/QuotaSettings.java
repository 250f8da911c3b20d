package assay.web.limits;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How limits are shared between gateways.
 *
 * @param lease after so long without a word from a gateway its leases are taken back; 3 seconds to
 *     5 minutes
 */
@ConfigurationProperties("assay.quotas")
public record QuotaSettings(@DefaultValue("15s") Duration lease) {
    public QuotaSettings {
        if (lease.toMillis() < 3_000 || lease.toMinutes() > 5) {
            throw new IllegalArgumentException(
                    "assay.quotas.lease: " + lease + " (expected: 3s..5m)");
        }
    }
}
