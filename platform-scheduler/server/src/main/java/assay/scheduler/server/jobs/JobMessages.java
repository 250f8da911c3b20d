package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.Ending;
import assay.scheduler.core.queue.ItemUse;
import assay.scheduler.core.queue.JobId;
import assay.scheduler.core.queue.JobKind;
import assay.scheduler.core.queue.LeaseId;
import assay.scheduler.core.queue.TenantAccount;
import assay.scheduler.core.queue.TenantId;
import assay.scheduler.core.queue.WorkOffer;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.jobs.JobControl.Said;
import assay.scheduler.v1.ItemError;
import assay.scheduler.v1.ItemFailure;
import assay.scheduler.v1.ItemReturn;
import assay.scheduler.v1.ItemSuccess;
import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.JobItem;
import assay.scheduler.v1.LeaseKey;
import assay.scheduler.v1.TenantShare;
import assay.scheduler.v1.WorkerOffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What comes over the wire, checked and in the words of the queue. Thread-safe. */
final class JobMessages {
    private static final int PAYLOAD_BYTES = 1 << 20;
    private static final int OUTPUT_BYTES = 3 << 20;
    private static final int NAME_LENGTH = 200;
    private static final int ID_LENGTH = 128;
    private static final int ERROR_LENGTH = 2_000;
    private static final int MOST_MODELS = 10_000;
    private static final int LARGEST_PRIORITY = 100;
    private static final int MOST_ATTEMPTS = 100;
    private static final long LONGEST_WORK_MILLIS = Duration.ofDays(7).toMillis();
    private static final long MOST_TOKENS = 1L << 40;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

    private final JsonMapper json;

    JobMessages(JsonMapper json) {
        this.json = json;
    }

    // ---------------------------------------------------------------- jobs

    /** Refuses a header that can not be stored. */
    void check(JobHeader header) {
        tenant(header.getTenantId());
        text("job key", header.getJobKey(), 0, ID_LENGTH);
        text("name", header.getName(), 1, NAME_LENGTH);
        text("owner id", header.getOwner().getId(), 0, NAME_LENGTH);
        text("owner kind", header.getOwner().getKind(), 0, NAME_LENGTH);
        text("owner name", header.getOwner().getName(), 0, NAME_LENGTH);
        text("model", header.getModel(), 0, NAME_LENGTH);
        kind(header.getKind());
        if (Math.abs((long) header.getPriority()) > LARGEST_PRIORITY) {
            throw invalid("priority: " + header.getPriority() + " (expected: -100..100)");
        }
        if (header.getMaxAttempts() < 0 || header.getMaxAttempts() > MOST_ATTEMPTS) {
            throw invalid("max attempts: " + header.getMaxAttempts() + " (expected: 0..100)");
        }
        if (header.getDeadlineUnixMillis() < 0) {
            throw invalid(
                    "deadline: " + header.getDeadlineUnixMillis() + " (expected: 0 or later)");
        }
        if (!header.getDefaultsJson().isEmpty()
                && !isObject(header.getDefaultsJson(), PAYLOAD_BYTES)) {
            throw invalid("defaults: not a JSON object of at most 1 MiB");
        }
    }

    /**
     * Refuses an item that can not be stored.
     *
     * @param index of it, for the message
     */
    void check(JobItem item, long index) {
        text("item id of item " + index, item.getItemId(), 1, ID_LENGTH);
        if (!isObject(item.getPayloadJson(), PAYLOAD_BYTES)) {
            throw invalid("payload of item " + index + ": not a JSON object of at most 1 MiB");
        }
    }

    private static void text(String what, String text, int least, int most) {
        if (text.length() < least || text.length() > most || hasControls(text)) {
            throw invalid(
                    "%s: %d characters (expected: %d..%d, none of them a control)"
                            .formatted(what, text.length(), least, most));
        }
    }

    private static boolean hasControls(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    private boolean isObject(String text, int mostBytes) {
        if (text.length() > mostBytes || text.getBytes(StandardCharsets.UTF_8).length > mostBytes) {
            return false;
        }
        try {
            return json.readTree(text).isObject();
        } catch (JacksonException e) {
            return false;
        }
    }

    static JobKind kind(assay.scheduler.v1.JobKind kind) {
        return switch (kind) {
            case JOB_KIND_GENERATE -> JobKind.GENERATE;
            case JOB_KIND_VERIFY -> JobKind.VERIFY;
            case JOB_KIND_UNSPECIFIED, UNRECOGNIZED ->
                    throw invalid("kind: none that is known here (expected: generate or verify)");
        };
    }

    static TenantId tenant(String id) {
        return new TenantId(uuid("tenant id", id));
    }

    /** Of a caller that names a job: what is no id is no job. */
    static JobId job(String id) {
        try {
            return new JobId(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            throw unknown(id.length() > ID_LENGTH ? "of that id" : id);
        }
    }

    static SchedulerException unknown(String job) {
        return new SchedulerException(ErrorCode.JOB_UNKNOWN, "no job " + job);
    }

    static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.JOB_INVALID, message);
    }

    private static UUID uuid(String what, String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw invalid(what + ": not a UUID");
        }
    }

    /** Refuses a share that can not be given. */
    static void check(TenantShare share) {
        double weight = share.getWeight();
        if (!(weight >= TenantAccount.LEAST_WEIGHT && weight <= TenantAccount.LARGEST_WEIGHT)) {
            throw invalid("weight: " + weight + " (expected: 0.001..1000)");
        }
        if (share.getMostRunning() < 0) {
            throw invalid("most running: " + share.getMostRunning() + " (expected: 0 or more)");
        }
    }

    static TenantShare share(TenantAccount account) {
        return TenantShare.newBuilder()
                .setTenantId(account.tenant().toString())
                .setWeight(account.weight())
                .setMostRunning(account.mostRunning())
                .build();
    }

    // ---------------------------------------------------------------- work

    static WorkOffer offer(WorkerOffer offer) {
        if (offer.getModelsCount() > MOST_MODELS) {
            throw broken("models: " + offer.getModelsCount() + " (expected: 0..10000)");
        }
        var kinds = EnumSet.noneOf(JobKind.class);
        offer.getKindsList()
                .forEach(kind -> {
                    switch (kind) {
                        case JOB_KIND_GENERATE -> kinds.add(JobKind.GENERATE);
                        case JOB_KIND_VERIFY -> kinds.add(JobKind.VERIFY);
                        case JOB_KIND_UNSPECIFIED, UNRECOGNIZED -> {} // of a newer gateway
                    }
                });
        return new WorkOffer(kinds, new HashSet<>(offer.getModelsList()));
    }

    static ItemKey key(LeaseKey key) {
        try {
            return new ItemKey(
                    new JobId(UUID.fromString(key.getJobId())),
                    key.getIndex(),
                    new LeaseId(UUID.fromString(key.getLeaseId())));
        } catch (IllegalArgumentException e) {
            throw broken("lease: not as it was given");
        }
    }

    static LeaseKey key(ItemKey key) {
        return LeaseKey.newBuilder()
                .setJobId(key.job().toString())
                .setIndex(key.index())
                .setLeaseId(key.lease().toString())
                .build();
    }

    Said said(ItemSuccess success) {
        ItemUse use = use(success.getUse());
        if (isObject(success.getOutputJson(), OUTPUT_BYTES)) {
            return new Said(
                    new Ending.Done(use), success.getOutputJson(), null, null, use.tokens(), false);
        }
        return new Said(
                new Ending.Failed(false, Duration.ZERO, use),
                null,
                "JOB_OUTPUT_INVALID",
                "the output is not a JSON object of at most 3 MiB",
                use.tokens(),
                true);
    }

    static Said said(ItemFailure failure) {
        ItemUse use = use(failure.getUse());
        Duration atLeast = atLeast(failure.getRetryAfterMillis());
        return new Said(
                new Ending.Failed(failure.getRetryable(), atLeast, use),
                null,
                code(failure.getError()),
                message(failure.getError()),
                use.tokens(),
                false);
    }

    static Said said(ItemReturn giveBack) {
        return new Said(
                new Ending.Returned(atLeast(giveBack.getRetryAfterMillis())),
                null,
                code(giveBack.getReason()),
                message(giveBack.getReason()),
                0,
                false);
    }

    private static ItemUse use(assay.scheduler.v1.ItemUse use) {
        long millis = Math.clamp(use.getWorkedMillis(), 0, LONGEST_WORK_MILLIS);
        return new ItemUse(millis / 1000.0, Math.clamp(use.getTokens(), 0, MOST_TOKENS));
    }

    private static Duration atLeast(long millis) {
        return Duration.ofMillis(Math.clamp(millis, 0, LONGEST_WAIT.toMillis()));
    }

    private static String code(ItemError error) {
        return CODE.matcher(error.getCode()).matches() ? error.getCode() : "ITEM_FAILED";
    }

    private static String message(ItemError error) {
        String message = error.getMessage().replace('\0', ' ');
        return message.length() <= ERROR_LENGTH ? message : message.substring(0, ERROR_LENGTH);
    }

    static SchedulerException broken(String message) {
        return new SchedulerException(ErrorCode.WORK_INVALID, message);
    }
}
