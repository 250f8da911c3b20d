package assay.scheduler.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.v1.AssignStage;
import assay.agent.v1.DeviceEvent;
import assay.agent.v1.DeviceHealth;
import assay.agent.v1.DeviceLink;
import assay.agent.v1.GpuFacts;
import assay.agent.v1.LinkPath;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.scheduler.v1.ActivationType;
import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.DeviceView;
import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.WatchClusterRequest;
import assay.scheduler.v1.WatchRoutesRequest;
import assay.scheduler.v1.WeightType;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

class SchedulerIT {
    private static final String HASH = "a".repeat(64);
    private static final String NODE_A = "node-a-token-of-more-than-32-characters";
    private static final String NODE_B = "node-b-token-of-more-than-32-characters";
    private static final String GATEWAY = "gateway-token-of-more-than-32-characters";

    @TempDir Path folder;

    private TestDatabase database;
    private RunningScheduler scheduler;
    private Peer gateway;
    private ManagedChannel channel;
    private FakeAgent a;
    private FakeAgent b;

    @BeforeEach
    void startEverything() throws IOException, GeneralSecurityException {
        database = TestDatabase.start();
        Models.register(database, "proofs", HASH);
        RunningScheduler.offerTokens(
                folder, "node " + NODE_A, "node " + NODE_B, "gateway " + GATEWAY);
        scheduler = RunningScheduler.start(database, folder);
        gateway = Peer.enroll(scheduler, GATEWAY, "web");
        channel = gateway.channel(scheduler);
        a = new FakeAgent(Peer.enroll(scheduler, NODE_A, "alpha"), "alpha", "127.0.0.1:7001");
        b = new FakeAgent(Peer.enroll(scheduler, NODE_B, "beta"), "beta", "127.0.0.1:7002");
    }

    @AfterEach
    void stopEverything() {
        a.close();
        b.close();
        channel.shutdownNow();
        scheduler.close();
        database.close();
        assertThat(scheduler.lastWords()).isEmpty();
    }

    @Test
    void aReplicaIsSplitServedAndHealedWhenItsNodeReturns() throws IOException {
        Received<RouteTable> routes = watchRoutes();
        a.connect(scheduler);
        b.connect(scheduler);
        deploy();
        Route first = awaitRoute(routes, 1);
        AssignStage one = a.awaitAssignment(1);
        AssignStage two = b.awaitAssignment(1);
        checkSplit(one, two);
        assertThat(first.getHeadAddress()).isEqualTo(one.getHeadAddress());
        assertThat(first.getDefaultModel()).isTrue();

        FakeAgent victim = one.getStageIndex() == 0 ? b : a;
        AssignStage lost = one.getStageIndex() == 0 ? two : one;
        victim.die();
        victim.connect(scheduler);
        AssignStage again = victim.awaitAssignment(2);
        assertThat(again.getFirstLayer()).isEqualTo(lost.getFirstLayer());
        assertThat(again.getEndLayer()).isEqualTo(lost.getEndLayer());
        Route healed = awaitRoute(routes, 2);
        assertThat(healed.getReplicaId()).isEqualTo(first.getReplicaId());
        assertThat(routes.await("it to serve", table -> !recovers(table)).getRoutesCount())
                .isEqualTo(1);
    }

    private static boolean recovers(RouteTable table) {
        return table.getRoutesList().stream().anyMatch(Route::getRecovering);
    }

    private static void checkSplit(AssignStage one, AssignStage two) {
        AssignStage head = one.getStageIndex() == 0 ? one : two;
        AssignStage tail = one.getStageIndex() == 0 ? two : one;
        assertThat(head.getFirstLayer()).isZero();
        assertThat(head.getEndLayer()).isEqualTo(4).isEqualTo(tail.getFirstLayer());
        assertThat(tail.getEndLayer()).isEqualTo(8);
        assertThat(List.of(head.getWeightBytes(), tail.getWeightBytes())).containsOnly(5_000_000L);
        assertThat(head.getNextAddress()).isNotEqualTo(head.getHeadAddress()).isNotEmpty();
        assertThat(tail.getNextAddress()).isEmpty();
        assertThat(tail.getFilesList()).hasSize(1);
    }

    @Test
    void aNewSchedulerAdoptsWhatRunsWithoutTouchingIt() throws IOException {
        a.connect(scheduler);
        b.connect(scheduler);
        deploy();
        Route before = awaitRoute(watchRoutes(), 1);
        // Rows are written behind the loop; a slow disk must not make this a test of half of them.
        RunningScheduler.Waiting.until("its row", () -> isStoredAsServing(before));

        channel.shutdownNow();
        scheduler.close();
        a.disconnect();
        b.disconnect();
        scheduler = RunningScheduler.start(database, folder);
        channel = gateway.channel(scheduler);
        Received<RouteTable> routes = watchRoutes();
        a.connect(scheduler);
        b.connect(scheduler);

        RouteTable table = routes.await("the first table", any -> true);
        assertThat(table.getRoutesList())
                .as("gateways see no gap")
                .singleElement()
                .satisfies(route -> assertThat(route.getEpoch()).isEqualTo(1))
                .satisfies(
                        route -> assertThat(route.getReplicaId()).isEqualTo(before.getReplicaId()));
        assertThat(a.held()).hasSize(1);
        FakeAgent head = a.held().values().iterator().next().getStageIndex() == 0 ? a : b;
        FakeAgent tail = head == a ? b : a;
        head.commands()
                .await(
                        "a probe before anything else",
                        message -> {
                            assertThat(message.hasAssign() || message.hasRelease()).isFalse();
                            return message.hasProbe();
                        });
        tail.commands()
                .await(
                        "nothing but a welcome",
                        message -> {
                            assertThat(message.hasWelcome()).isTrue();
                            return true;
                        });
    }

    private boolean isStoredAsServing(Route route) {
        return JdbcClient.create(database.as(DatabaseRoles.SCHEDULER))
                .sql("select state = 'serving' from replicas where id = :id")
                .param("id", UUID.fromString(route.getReplicaId()))
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    @Test
    void aFailedLoadIsSaidAndTriedAgain() throws IOException {
        Received<ClusterSnapshot> cluster = watchCluster();
        a.failsToLoad = true;
        a.connect(scheduler);
        b.connect(scheduler);
        deploy();
        ReplicaView broken = awaitReplica(cluster, ReplicaState.REPLICA_STATE_BROKEN);
        assertThat(broken.getReason()).contains("HASH_MISMATCH");
        a.failsToLoad = false;
        ReplicaView serving = awaitReplica(cluster, ReplicaState.REPLICA_STATE_SERVING);
        assertThat(serving.getEpoch()).isGreaterThan(broken.getEpoch());
        assertThat(serving.getReason()).isEmpty();
    }

    @Test
    void theClusterIsShownWithLiveFigures() throws IOException {
        a.connect(scheduler);
        b.connect(scheduler);
        deploy();
        ClusterSnapshot seen =
                watchCluster()
                        .await(
                                "tokens of a serving replica",
                                it ->
                                        it.getReplicasList().stream()
                                                .anyMatch(replica ->
                                                        replica.getGenerationTokensTotal() == 7));
        assertThat(seen.getNodesList()).hasSize(2);
        assertThat(seen.getNodes(0).getDevices(0).getUtilizationRatio()).isEqualTo(0.5);
        assertThat(seen.getNodes(0).getDevices(0).getMemoryBookedBytes()).isGreaterThan(5_000_000);
        assertThat(seen.getNodes(0).getCheckers(0).getVersion()).isEqualTo("8.16.1");
        assertThat(seen.getReplicas(0).getStagesList())
                .allSatisfy(stage -> assertThat(stage.getState()).isEqualTo("loaded"));
    }

    @Test
    void aBrokenDeviceIsShownAndGetsNoStageBeforeItIsWellAgain()
            throws IOException, InterruptedException {
        Received<ClusterSnapshot> cluster = watchCluster();
        a.health = DeviceHealth.newBuilder().setFault("DEVICE_XID").setDetail("XID 79").build();
        a.facts =
                GpuFacts.newBuilder()
                        .setDriverVersion("580.159.04")
                        .addLinks(DeviceLink.newBuilder().setPath(LinkPath.LINK_PATH_NVLINK))
                        .build();
        a.connect(scheduler);
        b.connect(scheduler);
        DeviceView shown = awaitDevice(cluster, it -> !it.getFault().isEmpty());
        assertThat(shown.getFault()).isEqualTo("DEVICE_XID");
        assertThat(shown.getFaultDetail()).isEqualTo("XID 79");
        assertThat(shown.getGpu().getDriverVersion()).isEqualTo("580.159.04");
        assertThat(shown.getGpu().getLinks(0).getPath()).isEqualTo("nvlink");
        deploy();
        assertThat(awaitReplica(cluster, ReplicaState.REPLICA_STATE_WAITING).getReason())
                .contains("cpu is broken");
        a.tell(
                DeviceEvent.newBuilder()
                        .setDeviceId("cpu")
                        .setCode("DEVICE_XID")
                        .putFields("xid", "79")
                        .build());
        a.health = DeviceHealth.getDefaultInstance();
        awaitReplica(cluster, ReplicaState.REPLICA_STATE_SERVING);
        assertThat(get("/actuator/prometheus"))
                .contains("assay_scheduler_device_events_total 1.0")
                .contains("assay_scheduler_devices_broken 0.0");
    }

    @Test
    void aDeploymentWithoutRoomSaysWhatIsMissing() throws IOException {
        Received<ClusterSnapshot> cluster = watchCluster();
        deploy();
        ReplicaView waiting = awaitReplica(cluster, ReplicaState.REPLICA_STATE_WAITING);
        assertThat(waiting.getReason()).contains("no node is there");
    }

    @Test
    void aNewerSessionOfANodeEndsTheOlderOne() throws IOException {
        a.connect(scheduler);
        var older = a.commands();
        older.await("the welcome", message -> message.hasWelcome());
        a.connect(scheduler);
        RunningScheduler.Waiting.until("the older session to end", () -> older.error() != null);
        assertThat(older.error()).hasMessageContaining("ABORTED");
        a.commands().await("the welcome", message -> message.hasWelcome());
    }

    @Test
    void aDeploymentIsPlacedAndLoadedInThePrecisionItAsksFor() throws IOException {
        a.connect(scheduler);
        b.connect(scheduler);
        var wanted =
                ApplyRequest.newBuilder()
                        .setName("proofs")
                        .setModel("proofs")
                        .setVersion("1")
                        .setReplicas(1)
                        .setStages(2)
                        .setActivationType(ActivationType.ACTIVATION_TYPE_BF16);
        var deployments = DeploymentsGrpc.newBlockingStub(channel);
        assertThatThrownBy(() ->
                        deployments.apply(
                                wanted.setWeightType(WeightType.WEIGHT_TYPE_INT4).build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("INT4 (expected: one of [STORED, INT8]");
        var applied = deployments.apply(wanted.setWeightType(WeightType.WEIGHT_TYPE_INT8).build());
        assertThat(applied.getWeightType()).isEqualTo(WeightType.WEIGHT_TYPE_INT8);
        for (FakeAgent agent : List.of(a, b)) {
            AssignStage order =
                    agent.commands().await("an order", message -> message.hasAssign()).getAssign();
            assertThat(order.getWeightBytes()).isEqualTo(2_600_000);
            assertThat(order.getWeightType()).isEqualTo(assay.agent.v1.WeightType.WEIGHT_TYPE_INT8);
            assertThat(order.getWireType()).isEqualTo(assay.agent.v1.WireType.WIRE_TYPE_BF16);
        }
        awaitRoute(watchRoutes(), 1);
        channel.shutdownNow();
        scheduler.close();
        scheduler = RunningScheduler.start(database, folder);
        channel = gateway.channel(scheduler);
        var listed =
                DeploymentsGrpc.newBlockingStub(channel)
                        .list(assay.scheduler.v1.ListRequest.getDefaultInstance());
        assertThat(listed.getDeploymentsList())
                .extracting(it -> it.toBuilder().clearReason().clearReasonParts().build())
                .containsExactly(applied.toBuilder().clearReason().clearReasonParts().build());
    }

    @Test
    void aStandbyWaitsAndTakesOver() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.createDirectories(other.resolve("pki"));
        Files.copy(folder.resolve("pki/ca.pem"), other.resolve("pki/ca.pem"));
        Files.copy(folder.resolve("pki/ca.key"), other.resolve("pki/ca.key"));
        RunningScheduler.offerTokens(other);
        try (RunningScheduler standby = RunningScheduler.start(database, other)) {
            assertThat(standby.isReady()).isFalse();
            scheduler.close();
            assertThat(standby.grpc()).isNotEmpty();
            ManagedChannel moved = gateway.channel(standby);
            var listed =
                    DeploymentsGrpc.newBlockingStub(moved)
                            .list(assay.scheduler.v1.ListRequest.getDefaultInstance());
            assertThat(listed.getDeploymentsList()).isEmpty();
            moved.shutdownNow();
            assertThat(standby.lastWords()).isEmpty();
        }
    }

    @Test
    void healthAndMetricsAreOnTheManagementPort() throws IOException, InterruptedException {
        assertThat(get("/actuator/health")).contains("UP").contains("leader");
        assertThat(get("/actuator/prometheus")).contains("assay_scheduler_replicas");
    }

    private String get(String path) throws IOException, InterruptedException {
        scheduler.grpc();
        URI uri = URI.create("http://127.0.0.1:" + scheduler.management() + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private void deploy() {
        var applied =
                DeploymentsGrpc.newBlockingStub(channel)
                        .apply(
                                ApplyRequest.newBuilder()
                                        .setName("proofs")
                                        .setModel("proofs")
                                        .setVersion("1")
                                        .setReplicas(1)
                                        .setStages(2)
                                        .build());
        assertThat(applied.getStages()).isEqualTo(2);
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

    private static Route awaitRoute(Received<RouteTable> routes, long epoch) {
        return routes.await(
                        "a route of epoch " + epoch,
                        table ->
                                table.getRoutesCount() == 1
                                        && table.getRoutes(0).getEpoch() == epoch
                                        && table.getRoutes(0).getDefaultModel())
                .getRoutes(0);
    }

    private static DeviceView awaitDevice(
            Received<ClusterSnapshot> cluster, Predicate<DeviceView> like) {
        return cluster
                .await(
                        "a device like that",
                        it ->
                                it.getNodesList().stream()
                                        .flatMap(node -> node.getDevicesList().stream())
                                        .anyMatch(like))
                .getNodesList()
                .stream()
                .flatMap(node -> node.getDevicesList().stream())
                .filter(like)
                .findFirst()
                .orElseThrow();
    }

    private static ReplicaView awaitReplica(Received<ClusterSnapshot> cluster, ReplicaState state) {
        return cluster.await(
                        "a replica in " + state,
                        it ->
                                it.getReplicasCount() == 1
                                        && it.getReplicas(0).getState() == state
                                        && (state != ReplicaState.REPLICA_STATE_WAITING
                                                || !it.getReplicas(0).getReason().isEmpty()))
                .getReplicas(0);
    }
}
