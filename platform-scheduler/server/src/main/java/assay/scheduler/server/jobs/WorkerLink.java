package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.WorkerId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.WorkMessage;
import io.grpc.stub.ServerCallStreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one gateway for the time of one stream. Thread-safe. What waits to be taken is bounded
 * by the room the gateway offered.
 */
final class WorkerLink {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLink.class);

    private final WorkerId worker;
    private final ServerCallStreamObserver<WorkMessage> out;
    private boolean ended;

    WorkerLink(WorkerId worker, ServerCallStreamObserver<WorkMessage> out) {
        this.worker = worker;
        this.out = out;
    }

    WorkerId worker() {
        return worker;
    }

    synchronized void send(WorkMessage message) {
        if (!ended && !out.isCancelled()) {
            out.onNext(message);
        }
    }

    /** Ends the stream with an error; nothing when it is over already. */
    synchronized void end(ErrorCode code, String reason) {
        if (!ended) {
            ended = true;
            LOG.info("the work stream of gateway {} ends: {}", worker, reason);
            if (!out.isCancelled()) {
                out.onError(Faults.of(code, reason));
            }
        }
    }

    /** The gateway ended it. */
    synchronized void complete() {
        if (!ended) {
            ended = true;
            if (!out.isCancelled()) {
                out.onCompleted();
            }
        }
    }
}
