package assay.web.serving;

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

/** What an agent's refusal means to the one who asked. Stateless. */
final class AgentErrors {
    private static final Logger LOG = LoggerFactory.getLogger(AgentErrors.class);

    /** A replica that broke is whole again after about as long. */
    static final Duration HEALING = Duration.ofSeconds(5);

    private static final Duration QUEUE = Duration.ofSeconds(1);

    private AgentErrors() {}

    /** What an error says about going on elsewhere. */
    enum Loss {
        /** Nothing: the request itself was refused, or failed. */
        NONE,
        /** The head is gone, or this process's way to it: the same or another may take over. */
        HEAD,
        /** The head is there under another epoch, see {@link #epoch}. */
        EPOCH,
        /** The head has waited for a stage in vain: another replica may take over. */
        STAGE
    }

    static Loss loss(Throwable error) {
        ErrorInfo info = info(error);
        return switch (info.getReason()) {
            case "" ->
                    Status.fromThrowable(error).getCode() == Status.Code.UNAVAILABLE
                            ? Loss.HEAD
                            : Loss.NONE;
            case "REPLICA_NOT_HERE", "AGENT_STOPPING" -> Loss.HEAD;
            case "STALE_EPOCH" -> epoch(info) > 0 ? Loss.EPOCH : Loss.HEAD;
            case "STAGE_LOST" -> Loss.STAGE;
            default -> Loss.NONE;
        };
    }

    /** The epoch that the head is in. */
    static long epoch(Throwable error) {
        return epoch(info(error));
    }

    private static long epoch(ErrorInfo info) {
        String epoch = info.getMetadataOrDefault("epoch", "");
        return epoch.matches("[0-9]{1,18}") ? Long.parseLong(epoch) : 0;
    }

    static WebException of(Throwable error) {
        Status status = Status.fromThrowable(error);
        ErrorInfo info = info(error);
        return switch (info.getReason()) {
            case "PROMPT_TOO_LONG" -> tooLong(info);
            case "REQUEST_INVALID" -> refused(status);
            case "QUEUE_FULL" ->
                    later(ErrorCode.QUEUE_FULL, "the replica's queue is full", QUEUE, error);
            case "CHECKER_BUSY" ->
                    later(ErrorCode.CHECKER_BUSY, "the checker's queue is full", QUEUE, error);
            case "STAGE_LOST" ->
                    later(
                            ErrorCode.STAGE_LOST,
                            "a stage of the replica was lost on the way",
                            HEALING,
                            error);
            case "STALE_EPOCH", "REPLICA_NOT_HERE" ->
                    later(ErrorCode.NO_REPLICA, "the replica has moved", QUEUE, error);
            default -> byStatus(status, error);
        };
    }

    private static WebException byStatus(Status status, Throwable error) {
        return switch (status.getCode()) {
            case UNAVAILABLE ->
                    later(
                            ErrorCode.STAGE_LOST,
                            "the agent that holds the first stage does not answer",
                            HEALING,
                            error);
            case RESOURCE_EXHAUSTED ->
                    later(ErrorCode.QUEUE_FULL, "the agent is full", QUEUE, error);
            case DEADLINE_EXCEEDED ->
                    later(ErrorCode.STAGE_LOST, "the agent did not finish in time", HEALING, error);
            default -> {
                LOG.error("an agent failed: {}", status, error);
                yield new WebException(
                        ErrorCode.INTERNAL,
                        "an error of ours; the log has it",
                        Map.of(),
                        null,
                        error);
            }
        };
    }

    /** What only the model can tell: a constraint that does not compile, an id it does not have. */
    private static WebException refused(Status status) {
        String why = status.getDescription() == null ? "refused" : status.getDescription();
        return new WebException(ErrorCode.INVALID_REQUEST, why, Map.of(), null, null);
    }

    private static WebException tooLong(ErrorInfo info) {
        String tokens = info.getMetadataOrDefault("prompt_tokens", "?");
        String context = info.getMetadataOrDefault("context_length", "?");
        String message = tokens + " tokens (expected: fewer than the context's " + context + ")";
        return new WebException(
                ErrorCode.PROMPT_TOO_LONG,
                "prompt: " + message,
                Map.of("prompt", message),
                null,
                null);
    }

    private static WebException later(
            ErrorCode code, String detail, Duration after, Throwable cause) {
        return new WebException(code, detail, Map.of(), after, cause);
    }

    private static ErrorInfo info(Throwable error) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        if (status != null) {
            for (Any detail : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    try {
                        return detail.unpack(ErrorInfo.class);
                    } catch (InvalidProtocolBufferException e) {
                        LOG.warn("an agent's error detail can not be read", e);
                    }
                }
            }
        }
        return ErrorInfo.getDefaultInstance();
    }
}
