package assay.web.serving;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.CheckerGrpc;
import assay.scheduler.v1.CheckerRoute;
import assay.scheduler.v1.CheckerView;
import assay.scheduler.v1.NodeState;
import assay.scheduler.v1.NodeView;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.peer.PeerChannels;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Checkers on agents, by the route table; each check goes to the next agent in turn. */
@Component
class RemoteCheckers implements Checkers {
    /** Longer than any checker's own bound on time. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final RouteWatch routes;
    private final ClusterWatch cluster;
    private final PeerChannels channels;
    private final AtomicInteger turn = new AtomicInteger();

    RemoteCheckers(RouteWatch routes, ClusterWatch cluster, PeerChannels channels) {
        this.routes = routes;
        this.cluster = cluster;
        this.channels = channels;
    }

    private List<CheckerRoute> offering(String system) {
        return routes.table().getCheckersList().stream()
                .filter(checker -> checker.getSystem().equals(system))
                .toList();
    }

    @Override
    public Optional<String> version(String system) {
        return offering(system).stream().map(CheckerRoute::getVersion).findFirst();
    }

    @Override
    public String whyUnavailable(String system) {
        if (version(system).isPresent()) {
            return "";
        }
        for (NodeView node : cluster.current().getNodesList()) {
            for (CheckerView checker : node.getCheckersList()) {
                if (checker.getSystem().equals(system)
                        && node.getState() == NodeState.NODE_STATE_READY
                        && !checker.getReason().isBlank()) {
                    return node.getName() + ": " + checker.getReason();
                }
            }
        }
        return "no node offers the checker " + system + " now";
    }

    @Override
    public CheckReply check(CheckRequest request) {
        List<CheckerRoute> offering = offering(request.getSystem());
        if (offering.isEmpty()) {
            throw new WebException(
                    ErrorCode.NO_REPLICA,
                    whyUnavailable(request.getSystem()),
                    Map.of(),
                    AgentErrors.HEALING,
                    null);
        }
        CheckerRoute chosen = offering.get(Math.floorMod(turn.getAndIncrement(), offering.size()));
        try {
            return CheckerGrpc.newBlockingStub(channels.agent(chosen.getAddress()))
                    .withDeadlineAfter(LONGEST)
                    .check(request);
        } catch (StatusRuntimeException e) {
            throw AgentErrors.of(e);
        }
    }
}
