package assay.web.insight;

import assay.scheduler.v1.HistoryRequest;
import assay.scheduler.v1.NodesGrpc;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterHistory.Subject.OfDeployment;
import assay.web.insight.ClusterHistory.Subject.OfNode;
import assay.web.insight.ClusterHistory.Subject.OfReplica;
import assay.web.peer.SchedulerCalls;
import org.springframework.stereotype.Component;

/** The history that the scheduler keeps. Thread-safe. */
@Component
class ScheduledHistory implements ClusterHistory {
    private final SchedulerCalls scheduler;

    ScheduledHistory(SchedulerCalls scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public Page page(Caller caller, Subject subject, int limit, long before) {
        var request = HistoryRequest.newBuilder().setLimit(limit).setBefore(before);
        switch (subject) {
            case OfReplica replica -> {
                caller.require(Permission.DEPLOYMENT_READ);
                request.setReplicaId(replica.id());
            }
            case OfDeployment deployment -> {
                caller.require(Permission.DEPLOYMENT_READ);
                request.setDeployment(deployment.name());
            }
            case OfNode node -> {
                caller.require(Permission.NODE_READ);
                request.setNodeId(node.id());
            }
        }
        var reply =
                scheduler.ask(NodesGrpc::newBlockingStub, stub -> stub.history(request.build()));
        return new Page(
                reply.getEventsList().stream().map(ScheduledHistory::event).toList(),
                reply.getMore());
    }

    private static HistoryEvent event(assay.scheduler.v1.HistoryEvent event) {
        return new HistoryEvent(
                event.getId(),
                event.getUnixMillis(),
                event.getKind(),
                event.getReplicaId(),
                event.getDeployment(),
                event.getNodeId(),
                event.getNodeName(),
                event.getEpoch(),
                event.getEvent(),
                event.getFromState(),
                event.getToState(),
                Reason.of(event.getReason(), event.getReasonPartsList()),
                event.getStagesList().stream()
                        .map(each ->
                                new HistoryEvent.Place(
                                        each.getIndex(),
                                        each.getNodeId(),
                                        each.getNodeName(),
                                        each.getDeviceId(),
                                        each.getFirstLayer(),
                                        each.getEndLayer(),
                                        each.getMoved()))
                        .toList());
    }
}
