package assay.web.peer;

import assay.web.ErrorCode;
import assay.web.WebException;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Short calls to the scheduler for which somebody waits: bounded in time, and with its refusals in
 * our own words. Thread-safe.
 */
@Component
public class SchedulerCalls {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerCalls.class);

    /** Nobody looks at a page that stands still for longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final PeerChannels channels;

    SchedulerCalls(PeerChannels channels) {
        this.channels = channels;
    }

    /**
     * @param stub makes one for the channel: {@code NodesGrpc::newBlockingStub}
     * @throws WebException INVALID_REQUEST, NOT_FOUND, MODEL_UNKNOWN, NODE_IN_USE as the scheduler
     *     says it; SCHEDULER_AWAY when it does not answer
     */
    public <S extends AbstractStub<S>, A> A ask(Function<Channel, S> stub, Function<S, A> call) {
        try {
            return call.apply(stub.apply(channels.scheduler()).withDeadlineAfter(PATIENCE));
        } catch (StatusRuntimeException e) {
            throw error(e);
        }
    }

    private static WebException error(StatusRuntimeException error) {
        Status status = error.getStatus();
        String detail = status.getDescription() == null ? "refused" : status.getDescription();
        ErrorCode code =
                switch (reason(error)) {
                    case "NODE_IN_USE" -> ErrorCode.NODE_IN_USE;
                    case "VERSION_UNKNOWN" -> ErrorCode.MODEL_UNKNOWN;
                    default ->
                            switch (status.getCode()) {
                                case NOT_FOUND -> ErrorCode.NOT_FOUND;
                                case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorCode.INVALID_REQUEST;
                                case UNAVAILABLE, DEADLINE_EXCEEDED, ABORTED, CANCELLED ->
                                        ErrorCode.SCHEDULER_AWAY;
                                default -> ErrorCode.INTERNAL;
                            };
                };
        return switch (code) {
            case SCHEDULER_AWAY ->
                    new WebException(
                            code,
                            "the scheduler does not answer; what runs goes on",
                            Map.of(),
                            AGAIN,
                            error);
            case INTERNAL -> {
                LOG.error("the scheduler failed: {}", status, error);
                yield new WebException(
                        code, "an error of ours; the log has it", Map.of(), null, error);
            }
            default -> new WebException(code, detail, Map.of(), null, error);
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
