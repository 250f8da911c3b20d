package assay.scheduler.server.control;

import assay.agent.v1.Hello;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.NodeSessionGrpc;
import assay.agent.v1.ProbeReport;
import assay.agent.v1.SchedulerMessage;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.rpc.CallGuard;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of nodes. Each runs on its call's thread, checks what the node sends and posts it; a
 * message that can not be understood ends the session and nothing else.
 */
public final class NodeSessionService extends NodeSessionGrpc.NodeSessionImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSessionService.class);

    private final ControlLoop loop;
    private final ClusterControl control;
    private final AtomicLong sessions = new AtomicLong();

    public NodeSessionService(ControlLoop loop, ClusterControl control) {
        this.loop = loop;
        this.control = control;
    }

    @Override
    public StreamObserver<NodeMessage> session(StreamObserver<SchedulerMessage> answer) {
        var out = (ServerCallStreamObserver<SchedulerMessage>) answer;
        var node = new NodeId(CallGuard.CALLER.get().id());
        var link = new NodeLink(node, sessions.incrementAndGet(), out);
        var session = new Session(link);
        out.setOnCancelHandler(session::over);
        return session;
    }

    /** One session. gRPC calls it from one thread at a time. */
    private final class Session implements StreamObserver<NodeMessage> {
        private final NodeLink link;
        private boolean welcomed;

        Session(NodeLink link) {
            this.link = link;
        }

        @Override
        public void onNext(NodeMessage message) {
            try {
                take(message);
            } catch (SchedulerException e) {
                link.end(e.code(), String.valueOf(e.getMessage()));
                over();
            }
        }

        private void take(NodeMessage message) {
            boolean hello = message.getMessageCase() == NodeMessage.MessageCase.HELLO;
            if (hello == welcomed) {
                throw new SchedulerException(
                        ErrorCode.HELLO_INVALID, "the first message, and no other, is the hello");
            }
            NodeId node = link.node();
            switch (message.getMessageCase()) {
                case HELLO -> hello(message.getHello());
                case HEARTBEAT -> {
                    var beat = message.getHeartbeat();
                    beat.getStagesList()
                            .forEach(use -> {
                                NodeMessages.replica(use.getReplicaId());
                                NodeMessages.epoch(use.getEpoch());
                            });
                    loop.post(() -> control.heard(link, beat));
                }
                case STAGE -> {
                    var report = NodeMessages.report(node, message.getStage());
                    loop.post(() -> control.heard(link, report));
                }
                case PROBE -> {
                    var report = probe(node, message.getProbe());
                    loop.post(() -> control.heard(link, report));
                }
                case DEVICE_EVENT -> {
                    var event = NodeMessages.event(message.getDeviceEvent());
                    loop.post(() -> control.heard(link, event));
                }
                case CHAIN -> LOG.debug("chain of node {}: {}", node, message.getChain());
                case MESSAGE_NOT_SET -> LOG.debug("a message of a newer agent was skipped");
            }
        }

        private void hello(Hello hello) {
            NodeRecord node = NodeMessages.node(link.node(), hello);
            var held = NodeMessages.held(hello);
            welcomed = true;
            loop.post(() -> control.open(link, node, hello.getDevicesList(), held));
        }

        private static ProbeReported probe(NodeId node, ProbeReport report) {
            return new ProbeReported(
                    node,
                    NodeMessages.replica(report.getReplicaId()),
                    NodeMessages.epoch(report.getEpoch()),
                    report.getPassed(),
                    NodeMessages.cut(report.getErrorDetail()));
        }

        @Override
        public void onError(Throwable failure) {
            over();
        }

        @Override
        public void onCompleted() {
            link.complete();
            over();
        }

        private void over() {
            if (welcomed) {
                try {
                    loop.post(() -> control.closed(link));
                } catch (SchedulerException e) {
                    LOG.debug("the end of a session was not posted: {}", e.getMessage());
                }
            }
        }
    }
}
