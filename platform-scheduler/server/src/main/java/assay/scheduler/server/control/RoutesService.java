package assay.scheduler.server.control;

import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.WatchClusterRequest;
import assay.scheduler.v1.WatchRoutesRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** Shows gateways where requests go. Thread-safe; the control loop shows, calls watch. */
public final class RoutesService extends RoutesGrpc.RoutesImplBase {
    private final Board<RouteTable> routes = new Board<>();
    private final Board<ClusterSnapshot> cluster = new Board<>();

    void show(RouteTable table) {
        routes.show(table);
    }

    void show(ClusterSnapshot snapshot) {
        cluster.show(snapshot);
    }

    /** Gateways that watch the routes now. */
    public int watcherCount() {
        return routes.watcherCount();
    }

    @Override
    public void watchRoutes(WatchRoutesRequest request, StreamObserver<RouteTable> answer) {
        routes.watch((ServerCallStreamObserver<RouteTable>) answer);
    }

    @Override
    public void watchCluster(WatchClusterRequest request, StreamObserver<ClusterSnapshot> answer) {
        cluster.watch((ServerCallStreamObserver<ClusterSnapshot>) answer);
    }
}
