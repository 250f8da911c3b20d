package assay.scheduler.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.v1.AssignStage;
import assay.agent.v1.ChainReport;
import assay.agent.v1.SchedulerMessage;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.CordonRequest;
import assay.scheduler.v1.Deployment;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.DrainRequest;
import assay.scheduler.v1.HistoryEvent;
import assay.scheduler.v1.HistoryRequest;
import assay.scheduler.v1.ListRequest;
import assay.scheduler.v1.NodeDuty;
import assay.scheduler.v1.NodeView;
import assay.scheduler.v1.NodesGrpc;
import assay.scheduler.v1.PlanReply;
import assay.scheduler.v1.RemoveNodeRequest;
import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.Scaling;
import assay.scheduler.v1.SetLabelsRequest;
import assay.scheduler.v1.SetTaintsRequest;
import assay.scheduler.v1.UncordonRequest;
import assay.scheduler.v1.WakeRequest;
import assay.scheduler.v1.WatchClusterRequest;
import assay.scheduler.v1.WatchRoutesRequest;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

class LifecycleIT {
    private static final String TOKEN = "-token-of-more-than-32-characters";

    @TempDir Path folder;

    private TestDatabase database;
    private RunningScheduler scheduler;
    private Peer gateway;
    private ManagedChannel channel;
    private List<FakeAgent> agents;

    @BeforeEach
    void startEverything() throws IOException, GeneralSecurityException {
        database = TestDatabase.start();
        Models.register(database, "proofs", "a".repeat(64));
        RunningScheduler.offerTokens(
                folder,
                "node alpha" + TOKEN,
                "node beta-" + TOKEN,
                "node gamma" + TOKEN,
                "gateway web--" + TOKEN);
        scheduler = RunningScheduler.start(database, folder);
        gateway = Peer.enroll(scheduler, "web--" + TOKEN, "web");
        channel = gateway.channel(scheduler);
        agents = List.of(agent("alpha", 7001), agent("beta-", 7002), agent("gamma", 7003));
    }

    private FakeAgent agent(String name, int port) throws IOException, GeneralSecurityException {
        Peer peer = Peer.enroll(scheduler, name + TOKEN, name);
        return new FakeAgent(peer, name, "127.0.0.1:" + port);
    }

    @AfterEach
    void stopEverything() {
        agents.forEach(FakeAgent::close);
        channel.shutdownNow();
        scheduler.close();
        database.close();
        assertThat(scheduler.lastWords()).isEmpty();
    }

    @Test
    void aStageThatDoesNotAnswerGoesElsewhereWhileItsHeadStaysInTheRoutesAndTheHistorySaysWhy()
            throws IOException {
        connectAll();
        Received<RouteTable> routes = watchRoutes();
        deploy(1);
        Route route = awaitRoutes(routes, 1).getRoutes(0);
        FakeAgent head = holder(0);
        FakeAgent stuck = holder(1);
        head.tell(
                ChainReport.newBuilder()
                        .setReplicaId(route.getReplicaId())
                        .setEpoch(1)
                        .setLostStage(1)
                        .setLostMillis(3_000)
                        .setErrorDetail("no step came back")
                        .build());
        RouteTable healed =
                routes.await(
                        "the next epoch to serve",
                        table -> {
                            assertThat(table.getRoutesCount())
                                    .as("the head keeps requests")
                                    .isOne();
                            Route now = table.getRoutes(0);
                            assertThat(now.getHeadAddress()).isEqualTo(route.getHeadAddress());
                            return now.getEpoch() == 2 && !now.getRecovering();
                        });
        assertThat(healed.getRoutes(0).getReplicaId()).isEqualTo(route.getReplicaId());
        assertThat(holder(1)).isNotSameAs(stuck);
        List<HistoryEvent> events =
                history(HistoryRequest.newBuilder().setReplicaId(route.getReplicaId()).build());
        assertThat(events)
                .extracting(HistoryEvent::getEvent)
                .containsExactly(
                        "PROBE_PASSED",
                        "ALL_LOADED",
                        "STAGES_MOVED",
                        "STAGE_FAILED",
                        "PROBE_PASSED",
                        "ALL_LOADED",
                        "PLACED");
        assertThat(events)
                .as("each reason is told in sentences with codes too")
                .allMatch(it -> it.getReason().isEmpty() == it.getReasonPartsList().isEmpty())
                .anyMatch(it -> !it.getReason().isEmpty());
        HistoryEvent moved = events.get(2);
        assertThat(moved.getReason()).contains("stage 1").contains("no step came back");
        assertThat(moved.getStages(0).getMoved()).isFalse();
        assertThat(moved.getStages(1).getMoved()).isTrue();
        assertThat(moved.getDeployment()).isEqualTo("proofs");
        assertThat(
                        history(
                                HistoryRequest.newBuilder()
                                        .setNodeId(moved.getStages(1).getNodeId())
                                        .build()))
                .contains(moved);
        var page =
                nodes().history(
                                HistoryRequest.newBuilder()
                                        .setReplicaId(route.getReplicaId())
                                        .setLimit(3)
                                        .setBefore(moved.getId())
                                        .build());
        assertThat(page.getEventsList()).isEqualTo(events.subList(3, 6));
        assertThat(page.getMore()).isTrue();
        auditTellsOfTheMoveAndWhatLedToIt(route.getReplicaId());
    }

    private void auditTellsOfTheMoveAndWhatLedToIt(String replica) {
        var superuser = JdbcClient.create(database.superuser());
        assertThat(
                        superuser
                                .sql(
                                        """
                                        select action || ' ' || (outcome->>'result') from audit_events
                                        where object->>'id' = ? and actor->>'kind' = 'system'
                                            and tenant_id = '00000000-0000-0000-0000-000000000000'
                                        """)
                                .param(replica)
                                .query(String.class)
                                .list())
                .contains("replica.place success", "replica.fault failure", "replica.move success");
        assertThat(
                        superuser
                                .sql(
                                        "select distinct action from audit_events where action in"
                                                + " ('agent.join', 'deployment.apply')")
                                .query(String.class)
                                .list())
                .containsExactlyInAnyOrder("agent.join", "deployment.apply");
    }

    @Test
    void aDrainedNodeIsEmptiedWithoutAGapAndItsRequestsFinish() throws IOException {
        connectAll();
        Received<RouteTable> routes = watchRoutes();
        deploy(1);
        Route before = awaitRoutes(routes, 1).getRoutes(0);
        FakeAgent head = holder(0);
        head.requestsRunning = 1;
        String node = node(head).getId();
        var drained =
                nodes().drain(
                                DrainRequest.newBuilder()
                                        .setNodeId(node)
                                        .setReason("new fans")
                                        .build());
        assertThat(drained.getDuty()).isEqualTo(NodeDuty.NODE_DUTY_DRAINING);
        RouteTable after =
                routes.await(
                        "another replica alone in the routes",
                        table -> {
                            assertThat(table.getRoutesCount()).as("no gap").isPositive();
                            return table.getRoutesList().stream()
                                    .noneMatch(
                                            it -> it.getReplicaId().equals(before.getReplicaId()));
                        });
        assertThat(after.getRoutes(0).getHeadAddress()).isNotEqualTo(head.address());
        ReplicaView finishing =
                awaitReplica(it -> it.getState() == ReplicaState.REPLICA_STATE_DRAINING);
        assertThat(finishing.getReason()).contains("drained");
        head.requestsRunning = 0;
        NodeView empty = awaitNode(it -> it.getId().equals(node) && it.getStages() == 0);
        assertThat(empty.getDutyReason()).isEqualTo("new fans");
        head.commands().await("the release", SchedulerMessage::hasRelease);
        assertThat(head.held()).isEmpty();
        assertThat(nodes().uncordon(UncordonRequest.newBuilder().setNodeId(node).build()).getDuty())
                .isEqualTo(NodeDuty.NODE_DUTY_OPEN);
    }

    @Test
    void anotherPrecisionIsRolledOutBeforeTheOldOneGoes() throws IOException {
        connectAll();
        Received<RouteTable> routes = watchRoutes();
        deploy(1);
        Route before = awaitRoutes(routes, 1).getRoutes(0);
        DeploymentsGrpc.newBlockingStub(channel).apply(request(1).setMaxSequences(3).build());
        routes.await(
                "the new one alone",
                table -> {
                    assertThat(table.getRoutesCount()).as("no gap").isPositive();
                    return table.getRoutesCount() == 1
                            && !table.getRoutes(0).getReplicaId().equals(before.getReplicaId());
                });
    }

    @Test
    void aPlanShowsWhatWouldHappenAndMovesNothing() throws IOException {
        var deployments = DeploymentsGrpc.newBlockingStub(channel);
        PlanReply waiting = deployments.plan(request(1).build());
        assertThat(waiting.getWaiting().getInWords()).contains("no node is there");
        connectAll();
        awaitNode(it -> it.getDevicesCount() == 1);
        String alpha = awaitNode(it -> it.getName().equals("alpha")).getId();
        nodes().cordon(CordonRequest.newBuilder().setNodeId(alpha).build());
        PlanReply placed = deployments.plan(request(1).build());
        assertThat(placed.getPlaced().getStagesList())
                .hasSize(2)
                .allSatisfy(stage -> assertThat(stage.getNodeId()).isNotEqualTo(alpha))
                .allSatisfy(stage -> assertThat(stage.getWeightBytes()).isEqualTo(5_000_000));
        PlanReply far =
                deployments.plan(
                        request(1)
                                .setRules(
                                        assay.scheduler.v1.PlacementRules.newBuilder()
                                                .putRequiredLabels("zone", "moon"))
                                .build());
        assertThat(far.getWaiting().getCountsMap()).containsKey("LABEL_MISSING");
        assertThat(deployments.list(ListRequest.getDefaultInstance()).getDeploymentsList())
                .isEmpty();
    }

    @Test
    void labelsTaintsAndDutiesOutliveTheScheduler() throws IOException {
        connectAll();
        String alpha = awaitNode(it -> it.getName().equals("alpha")).getId();
        nodes().setLabels(
                        SetLabelsRequest.newBuilder()
                                .setNodeId(alpha)
                                .putLabels("rack", "r1")
                                .build());
        nodes().setTaints(
                        SetTaintsRequest.newBuilder().setNodeId(alpha).addTaints("noisy").build());
        nodes().cordon(CordonRequest.newBuilder().setNodeId(alpha).setReason("upkeep").build());
        restart();
        NodeView back = awaitNode(it -> it.getName().equals("alpha"));
        assertThat(back.getLabelsMap()).containsEntry("rack", "r1");
        assertThat(back.getTaintsList()).containsExactly("noisy");
        assertThat(back.getDuty()).isEqualTo(NodeDuty.NODE_DUTY_CORDONED);
        assertThat(back.getDutyReason()).isEqualTo("upkeep");
        assertThatThrownBy(() ->
                        nodes().cordon(
                                        CordonRequest.newBuilder()
                                                .setNodeId(UUID.randomUUID().toString())
                                                .build()))
                .hasMessageContaining("NOT_FOUND");
        assertThatThrownBy(() ->
                        nodes().setTaints(
                                        SetTaintsRequest.newBuilder()
                                                .setNodeId(alpha)
                                                .addTaints("not a word")
                                                .build()))
                .hasMessageContaining("INVALID_ARGUMENT");
        agents.getFirst().connect(scheduler);
        awaitNode(it -> it.getName().equals("alpha") && it.getState().name().endsWith("READY"));
        assertThatThrownBy(() ->
                        nodes().remove(RemoveNodeRequest.newBuilder().setNodeId(alpha).build()))
                .hasMessageContaining("FAILED_PRECONDITION");
    }

    @Test
    void aDeploymentRestsWithoutRequestsAndWakesWhenOneWaits() throws IOException {
        connectAll();
        Received<RouteTable> routes = watchRoutes();
        Deployment applied =
                DeploymentsGrpc.newBlockingStub(channel)
                        .apply(
                                request(1)
                                        .setScaling(
                                                Scaling.newBuilder()
                                                        .setMinReplicas(0)
                                                        .setMaxReplicas(2)
                                                        .setIdleSeconds(1))
                                        .build());
        assertThat(applied.getScaling().getCooldownSeconds()).isEqualTo(60);
        assertThat(applied.getWantedReplicas()).isEqualTo(1);
        RouteTable resting = routes.await("it to rest", table -> table.getRestingCount() == 1);
        assertThat(resting.getResting(0).getModel()).isEqualTo("proofs");
        var deployments = DeploymentsGrpc.newBlockingStub(channel);
        deployments.wake(WakeRequest.newBuilder().setModel("proofs").build());
        routes.await("it to wake", table -> table.getRestingCount() == 0);
        assertThatThrownBy(
                        () -> deployments.wake(WakeRequest.newBuilder().setModel("other").build()))
                .hasMessageContaining("NOT_FOUND");
    }

    @Test
    void aDatabaseThatIsAwayStopsNeitherRoutesNorSessionsAndNothingUnstoredIsTold()
            throws IOException {
        connectAll();
        Received<RouteTable> routes = watchRoutes();
        deploy(1);
        Route before = awaitRoutes(routes, 1).getRoutes(0);
        FakeAgent head = holder(0);
        FakeAgent stuck = holder(1);
        database(false);
        head.tell(
                ChainReport.newBuilder()
                        .setReplicaId(before.getReplicaId())
                        .setEpoch(1)
                        .setLostStage(1)
                        .setLostMillis(3_000)
                        .build());
        ClusterSnapshot away =
                watchCluster().await("the trouble to be told", it -> !it.getStorage().isEmpty());
        assertThat(away.getReplicas(0).getEpoch()).isEqualTo(2);
        assertThat(away.getNodesList())
                .allSatisfy(it -> assertThat(it.getStages()).isNotNegative());
        assertThat(agents)
                .allSatisfy(it ->
                        assertThat(it.held().values())
                                .allSatisfy(stage -> assertThat(stage.getEpoch()).isEqualTo(1)));
        RouteTable shown = watchRoutes().await("the routes", any -> true);
        assertThat(shown.getRoutesList()).extracting(Route::getEpoch).containsExactly(1L);
        database(true);
        routes.await(
                "the move to be told",
                table ->
                        table.getRoutesCount() == 1
                                && table.getRoutes(0).getEpoch() == 2
                                && !table.getRoutes(0).getRecovering());
        assertThat(holder(1)).isNotSameAs(stuck);
    }

    @Test
    void aStandbyActsWithinTenSecondsAfterALeaderThatJustVanished() throws IOException {
        channel.shutdownNow();
        scheduler.close();
        JdbcClient.create(database.as(DatabaseRoles.SCHEDULER))
                .sql(
                        """
                        update leases set holder = 'killed', epoch = epoch + 1,
                            expires_at = now() + interval '6 seconds'
                        """)
                .update();
        Instant killed = Instant.now();
        scheduler = RunningScheduler.start(database, folder);
        assertThat(scheduler.isReady()).isFalse();
        channel = gateway.channel(scheduler);
        assertThat(Duration.between(killed, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }

    // ---------------------------------------------------------------- steps

    /** Whether the server takes connections; those that are open end. */
    private void database(boolean open) {
        var superuser = JdbcClient.create(database.superuser());
        String name = DatabaseRoles.DATABASE;
        superuser.sql("alter role assay_scheduler " + (open ? "login" : "nologin")).update();
        superuser
                .sql(
                        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                                + "where usename = 'assay_scheduler' and datname = :name")
                .param("name", name)
                .query(Boolean.class)
                .list();
    }

    private void restart() throws IOException {
        channel.shutdownNow();
        scheduler.close();
        agents.forEach(FakeAgent::disconnect);
        scheduler = RunningScheduler.start(database, folder);
        channel = gateway.channel(scheduler);
    }

    private void connectAll() throws IOException {
        for (FakeAgent agent : agents) {
            agent.connect(scheduler);
        }
        for (FakeAgent agent : agents) {
            agent.commands().await("the welcome", message -> message.hasWelcome());
        }
    }

    private FakeAgent holder(int index) {
        return agents.stream()
                .filter(agent ->
                        agent.held().values().stream()
                                .map(AssignStage::getStageIndex)
                                .anyMatch(it -> it == index))
                .findFirst()
                .orElseThrow();
    }

    private NodeView node(FakeAgent agent) {
        return awaitNode(it -> it.getAddress().equals(agent.address()));
    }

    private static ApplyRequest.Builder request(int replicas) {
        return ApplyRequest.newBuilder()
                .setName("proofs")
                .setModel("proofs")
                .setVersion("1")
                .setReplicas(replicas)
                .setStages(2);
    }

    private void deploy(int replicas) {
        DeploymentsGrpc.newBlockingStub(channel).apply(request(replicas).build());
    }

    private NodesGrpc.NodesBlockingStub nodes() {
        return NodesGrpc.newBlockingStub(channel);
    }

    private List<HistoryEvent> history(HistoryRequest request) {
        return nodes().history(request).getEventsList();
    }

    private Received<RouteTable> watchRoutes() {
        var received = new Received<RouteTable>();
        RoutesGrpc.newStub(channel).watchRoutes(WatchRoutesRequest.getDefaultInstance(), received);
        return received;
    }

    private Received<ClusterSnapshot> watchCluster() {
        var received = new Received<ClusterSnapshot>();
        RoutesGrpc.newStub(channel)
                .watchCluster(WatchClusterRequest.getDefaultInstance(), received);
        return received;
    }

    private static RouteTable awaitRoutes(Received<RouteTable> routes, int count) {
        return routes.await(
                count + " routes",
                table ->
                        table.getRoutesCount() == count
                                && table.getRoutesList().stream().noneMatch(Route::getRecovering));
    }

    private NodeView awaitNode(Predicate<NodeView> like) {
        return watchCluster()
                .await("a node like that", it -> it.getNodesList().stream().anyMatch(like))
                .getNodesList()
                .stream()
                .filter(like)
                .findFirst()
                .orElseThrow();
    }

    private ReplicaView awaitReplica(Predicate<ReplicaView> like) {
        return watchCluster()
                .await("a replica like that", it -> it.getReplicasList().stream().anyMatch(like))
                .getReplicasList()
                .stream()
                .filter(like)
                .findFirst()
                .orElseThrow();
    }
}
