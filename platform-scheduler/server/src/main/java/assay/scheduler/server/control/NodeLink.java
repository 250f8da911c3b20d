package assay.scheduler.server.control;

import assay.agent.v1.SchedulerMessage;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.rpc.Faults;
import io.grpc.stub.ServerCallStreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one node for the time of one session. Thread-safe. A node that takes nothing for
 * {@value #MOST_UNTAKEN} messages is sent away: it will say hello again and be told anew.
 */
final class NodeLink {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);
    private static final int MOST_UNTAKEN = 1_000;

    private final NodeId node;
    private final long session;
    private final ServerCallStreamObserver<SchedulerMessage> out;
    private int untaken;
    private boolean ended;

    NodeLink(NodeId node, long session, ServerCallStreamObserver<SchedulerMessage> out) {
        this.node = node;
        this.session = session;
        this.out = out;
    }

    NodeId node() {
        return node;
    }

    long session() {
        return session;
    }

    synchronized void send(SchedulerMessage message) {
        if (ended || out.isCancelled()) {
            return;
        }
        untaken = out.isReady() ? 0 : untaken + 1;
        if (untaken > MOST_UNTAKEN) {
            end(ErrorCode.SESSION_SILENT, "the node takes no messages");
            return;
        }
        out.onNext(message);
    }

    /** Ends the session with an error; nothing when it is over already. */
    synchronized void end(ErrorCode code, String reason) {
        if (!ended) {
            ended = true;
            LOG.info("session {} of node {} ends: {}", session, node, reason);
            if (!out.isCancelled()) {
                out.onError(Faults.of(code, reason));
            }
        }
    }

    /** The node ended it. */
    synchronized void complete() {
        if (!ended) {
            ended = true;
            if (!out.isCancelled()) {
                out.onCompleted();
            }
        }
    }
}
