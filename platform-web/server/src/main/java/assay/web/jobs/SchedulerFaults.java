package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the scheduler's refusal means to the one who asked. Stateless. */
final class SchedulerFaults {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerFaults.class);

    /** A standby has taken over by then, mostly. */
    private static final Duration AWAY = Duration.ofSeconds(5);

    private SchedulerFaults() {}

    static WebException of(Throwable error) {
        if (error instanceof WebException ours) {
            return ours;
        }
        Status status = Status.fromThrowable(error);
        String detail = status.getDescription() == null ? "refused" : status.getDescription();
        return switch (reason(error)) {
            case "JOB_UNKNOWN" -> new WebException(ErrorCode.NOT_FOUND, "no such job");
            case "TENANT_UNKNOWN" -> new WebException(ErrorCode.NOT_FOUND, "no such tenant");
            case "JOB_STATE_REFUSED" -> new WebException(ErrorCode.JOB_STATE, detail);
            case "JOB_KEY_REUSED" ->
                    new WebException(
                            ErrorCode.JOB_KEY_REUSED,
                            "another job was submitted under this Idempotency-Key; choose a new"
                                    + " one, or send what was sent before");
            case "JOB_INVALID" -> new WebException(ErrorCode.INVALID_REQUEST, detail);
            default -> byStatus(status, error);
        };
    }

    private static WebException byStatus(Status status, Throwable error) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED ->
                    new WebException(
                            ErrorCode.SCHEDULER_AWAY,
                            "the scheduler does not answer; jobs that are there are safe",
                            Map.of(),
                            AWAY,
                            error);
            case RESOURCE_EXHAUSTED ->
                    new WebException(
                            ErrorCode.QUEUE_FULL,
                            "the scheduler takes no more jobs just now",
                            Map.of(),
                            AWAY,
                            error);
            case INVALID_ARGUMENT -> // of a code that only a newer scheduler has
                    new WebException(
                            ErrorCode.INVALID_REQUEST, String.valueOf(status.getDescription()));
            default -> {
                LOG.error("the scheduler failed: {}", status, error);
                yield new WebException(
                        ErrorCode.INTERNAL,
                        "an error of ours; the log has it",
                        Map.of(),
                        null,
                        error);
            }
        };
    }

    private static String reason(Throwable error) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        if (status != null) {
            for (Any detail : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    try {
                        return detail.unpack(ErrorInfo.class).getReason();
                    } catch (InvalidProtocolBufferException e) {
                        LOG.warn("an error detail of the scheduler can not be read", e);
                    }
                }
            }
        }
        return "";
    }
}
