package assay.web.jobs;

import assay.web.WebException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A job as asked for, without its items. Immutable but for the defaults, which nobody changes.
 *
 * @param key the submitter's own, so that the same submission sent twice makes one job; or null
 * @param name for people
 * @param model for items that name none; null for the default model
 * @param defaults fields for items that do not have them
 * @param priority -100..100, higher first within the tenant
 * @param maxAttempts failures until an item is given up; 0 for the scheduler's default
 */
public record NewJob(
        @Nullable String key,
        String name,
        JobKind kind,
        @Nullable String model,
        ObjectNode defaults,
        int priority,
        @Nullable Instant deadline,
        int maxAttempts) {
    /** With its owner before it, it is one of the scheduler's. */
    static final int KEY_CHARS = 90;

    static final int NAME_CHARS = 200;
    static final int PRIORITY = 100;
    static final int ATTEMPTS = 100;

    /**
     * @throws WebException INVALID_REQUEST with every field that is out of its bounds
     */
    public NewJob {
        Map<String, String> wrong = new LinkedHashMap<>();
        if (key != null && (key.isBlank() || key.length() > KEY_CHARS)) {
            wrong.put(
                    "Idempotency-Key",
                    key.length() + " characters (expected: 1.." + KEY_CHARS + ")");
        }
        if (name.isBlank() || name.length() > NAME_CHARS) {
            wrong.put("name", name.length() + " characters (expected: 1.." + NAME_CHARS + ")");
        }
        if (priority < -PRIORITY || priority > PRIORITY) {
            wrong.put("priority", priority + " (expected: -100..100)");
        }
        if (maxAttempts < 0 || maxAttempts > ATTEMPTS) {
            wrong.put("max_attempts", maxAttempts + " (expected: 1.." + ATTEMPTS + ")");
        }
        if (!wrong.isEmpty()) {
            throw JobFields.refuse(wrong);
        }
    }
}
