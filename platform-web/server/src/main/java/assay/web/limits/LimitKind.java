package assay.web.limits;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** What can be limited. The catalogue is closed. */
public enum LimitKind {
    REQUESTS_PER_MINUTE("requests-per-minute", Duration.ofMinutes(1), true),
    INPUT_TOKENS_PER_MINUTE("input-tokens-per-minute", Duration.ofMinutes(1), true),
    OUTPUT_TOKENS_PER_MINUTE("output-tokens-per-minute", Duration.ofMinutes(1), true),
    CONCURRENT_REQUESTS("concurrent-requests", Duration.ZERO, true),
    TOKENS_PER_DAY("tokens-per-day", Duration.ofDays(1), true),
    TOKENS_PER_MONTH("tokens-per-month", Duration.ofDays(30), true),
    BATCH_ITEMS_PER_DAY("batch-items-per-day", Duration.ofDays(1), true),
    /** Of verifications and their steps; a tenant's alone. */
    STORED_BYTES("stored-bytes", Duration.ZERO, false),
    /** Held by the deployments that name the tenant; the scheduler counts them. */
    GPUS("gpus", Duration.ZERO, false),
    /** As {@link #GPUS}. */
    DEVICE_BYTES("device-bytes", Duration.ZERO, false);

    private final String id;
    private final Duration period;
    private final boolean leased;

    LimitKind(String id, Duration period, boolean leased) {
        this.id = id;
        this.period = period;
        this.leased = leased;
    }

    /** As it stands in the database, in JSON and in metrics. */
    public String id() {
        return id;
    }

    /**
     * In which time the amount may be used; zero for what is held and given back. A month is about
     * 30 days.
     */
    public Duration period() {
        return period;
    }

    /** Whether gateways hold leases of it; the others are looked at where they are used. */
    boolean leased() {
        return leased;
    }

    /** Whether only a tenant can have it. */
    public boolean tenantOnly() {
        return !leased;
    }

    /** Whether what is used is used up, and does not come back when the request ends. */
    boolean usedUp() {
        return this != CONCURRENT_REQUESTS;
    }

    /** How much of it a request needs. */
    long of(Need need) {
        return switch (this) {
            case REQUESTS_PER_MINUTE -> need.requests();
            case INPUT_TOKENS_PER_MINUTE -> need.inputTokens();
            case OUTPUT_TOKENS_PER_MINUTE -> need.outputTokens();
            case CONCURRENT_REQUESTS -> need.concurrent();
            case TOKENS_PER_DAY, TOKENS_PER_MONTH -> need.inputTokens() + need.outputTokens();
            case BATCH_ITEMS_PER_DAY -> need.batchItems();
            case STORED_BYTES, GPUS, DEVICE_BYTES -> 0;
        };
    }

    public static Optional<LimitKind> of(String id) {
        return Arrays.stream(values()).filter(each -> each.id.equals(id)).findFirst();
    }
}
