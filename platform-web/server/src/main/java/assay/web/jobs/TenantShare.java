package assay.web.jobs;

import assay.web.WebException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What a tenant may have of the cluster for its jobs, beside the other tenants. Immutable.
 *
 * @param weight of two tenants with work, one of twice the weight gets twice as much; 0.001..1000
 * @param mostRunning items under way at once; 0 for no limit
 */
public record TenantShare(UUID tenantId, double weight, int mostRunning) {
    /**
     * @throws WebException INVALID_REQUEST with every field that is out of its bounds
     */
    public TenantShare {
        Map<String, String> wrong = new LinkedHashMap<>();
        if (!(weight >= 0.001 && weight <= 1000)) {
            wrong.put("weight", weight + " (expected: 0.001..1000)");
        }
        if (mostRunning < 0) {
            wrong.put("most_running", mostRunning + " (expected: 0 or more)");
        }
        if (!wrong.isEmpty()) {
            throw JobFields.refuse(wrong);
        }
    }
}
