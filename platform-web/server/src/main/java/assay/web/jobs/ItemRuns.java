package assay.web.jobs;

import assay.scheduler.v1.JobHeader;
import assay.scheduler.v1.LeasedItem;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.StandingCallers;
import assay.web.serving.BatchAnswer;
import assay.web.serving.BatchGeneration;
import assay.web.verify.BatchVerification;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries single items through, each as an interactive request of whoever submitted its job, with
 * the rights that he has now. Thread-safe; a run blocks its thread.
 */
@Component
class ItemRuns {
    private static final Logger LOG = LoggerFactory.getLogger(ItemRuns.class);

    /** As the scheduler bounds a result. */
    static final int OUTPUT_BYTES = 3 << 20;

    private static final Duration SOON = Duration.ofSeconds(1);

    private final StandingCallers callers;
    private final BatchGeneration generations;
    private final BatchVerification verifications;

    ItemRuns(
            StandingCallers callers, BatchGeneration generations, BatchVerification verifications) {
        this.callers = callers;
        this.generations = generations;
        this.verifications = verifications;
    }

    /** The models that can be asked just now. */
    Set<String> models() {
        return generations.servedModels();
    }

    /** The kinds that can be done just now. */
    Set<JobKind> kinds() {
        var kinds = EnumSet.noneOf(JobKind.class);
        if (!generations.servedModels().isEmpty()) {
            kinds.add(JobKind.GENERATE);
            if (verifications.checkersAreThere()) {
                kinds.add(JobKind.VERIFY);
            }
        }
        return kinds;
    }

    /**
     * @param gone asked again and again: whether nobody wants the result any more
     */
    ItemEnd run(JobHeader job, LeasedItem item, BooleanSupplier gone) {
        try {
            Optional<BatchAnswer> answer = answer(job, item, gone);
            return answer.<ItemEnd>map(ItemRuns::success).orElseGet(ItemEnd.Dropped::new);
        } catch (WebException e) {
            return end(e);
        } catch (RuntimeException e) {
            LOG.error("item {} of job {} broke", item.getItemId(), item.getLease().getJobId(), e);
            return new ItemEnd.Failure(
                    ErrorCode.INTERNAL.name(),
                    "an error of ours; the log has it",
                    true,
                    Duration.ZERO);
        }
    }

    private Optional<BatchAnswer> answer(JobHeader job, LeasedItem item, BooleanSupplier gone) {
        Caller caller = owner(job);
        ObjectNode fields =
                ItemChecks.merged(object(job.getDefaultsJson()), object(item.getPayloadJson()));
        String jobId = item.getLease().getJobId();
        long index = item.getLease().getIndex();
        // Two tries of an item are two requests.
        String requestId = jobId + "-" + index + "-" + item.getAttempt();
        String path = JobAudit.PATH + "/" + jobId + "/items/" + index;
        return switch (JobKind.of(job.getKind())) {
            case GENERATE -> generations.run(caller, fields, requestId, path, gone);
            case VERIFY -> verifications.run(caller, fields, requestId, gone);
        };
    }

    private Caller owner(JobHeader job) {
        var owner = job.getOwner();
        Caller caller =
                callers.find(
                                UUID.fromString(job.getTenantId()),
                                Caller.Kind.valueOf(owner.getKind().toUpperCase(Locale.ROOT)),
                                UUID.fromString(owner.getId()))
                        .orElseThrow(() ->
                                new WebException(
                                        ErrorCode.PERMISSION_DENIED,
                                        "the key or account that submitted the job is no longer"
                                                + " good"));
        caller.require(Permission.BATCH_RUN);
        return caller;
    }

    private static ObjectNode object(String json) {
        return JsonBody.object(
                (json.isEmpty() ? "{}" : json).getBytes(StandardCharsets.UTF_8), "the item");
    }

    private static ItemEnd success(BatchAnswer answer) {
        int bytes = answer.json().getBytes(StandardCharsets.UTF_8).length;
        return bytes <= OUTPUT_BYTES
                ? new ItemEnd.Success(answer.json(), answer.tokens())
                : new ItemEnd.Failure(
                        "RESULT_TOO_LARGE",
                        bytes + " bytes (expected: at most " + OUTPUT_BYTES + ")",
                        false,
                        Duration.ZERO);
    }

    /** Only what the item itself may have caused counts as a try of it. */
    private static ItemEnd end(WebException e) {
        String code = e.code().name();
        Duration after = e.retryAfter().orElse(SOON);
        return switch (e.code().kind()) {
            case USER, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CONFLICT ->
                    new ItemEnd.Failure(code, e.detail(), false, Duration.ZERO);
            case LIMIT -> new ItemEnd.Returned(code, e.detail(), after);
            case CAPACITY ->
                    e.code() == ErrorCode.STAGE_LOST
                            ? new ItemEnd.Failure(code, e.detail(), true, after)
                            : new ItemEnd.Returned(code, e.detail(), after);
            case INTERNAL -> new ItemEnd.Failure(code, e.detail(), true, Duration.ZERO);
        };
    }
}
