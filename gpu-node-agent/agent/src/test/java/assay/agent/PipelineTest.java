package assay.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.fake.FakeGateway;
import assay.agent.fake.ReferenceModel;
import assay.agent.fake.ReferenceModel.Golden;
import assay.agent.fake.TestCluster;
import assay.agent.fault.GrpcFaults;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.agent.v1.StageUse;
import assay.inference.v1.FinishReason;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.InferenceGrpc;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents with real sockets, certificates and the real model; only the scheduler is a fake. */
@Timeout(120)
class PipelineTest {
    @TempDir Path folder;
    private TestCluster cluster;

    @BeforeEach
    void begin() {
        cluster = new TestCluster(folder);
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void twoAgentsAnswerAsTheGoldenModelDoes() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        for (Golden golden : ReferenceModel.golden()) {
            FakeGateway.Answer answer =
                    gateway.generate(
                            TestCluster.request(1, golden.prompt(), 64).setLogProbs(true).build());
            assertThat(answer.ids()).isEqualTo(golden.greedyIds());
            assertThat(answer.logProbs()).hasSameSizeAs(answer.ids()).allMatch(p -> p <= 0);
            assertThat(answer.last().getFinished().getPromptTokens())
                    .isEqualTo(golden.promptIds().size());
            assertThat(answer.last().getFinished().getCompletionTokens())
                    .isEqualTo(golden.greedyIds().size());
        }
    }

    @Test
    void oneAgentHoldsTheWholeModel() throws Exception {
        cluster.start("a");
        cluster.deploy(1, "a");
        Golden golden = ReferenceModel.golden().getFirst();
        assertThat(cluster.gateway("a").generate(request(golden)).ids())
                .isEqualTo(golden.greedyIds());
    }

    @Test
    void requestsThatRunTogetherAnswerAsIfAlone() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        List<Golden> all = ReferenceModel.golden();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<FakeGateway.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Golden golden = all.get(i % all.size());
                answers.add(callers.submit(() -> gateway.generate(request(golden))));
            }
            for (int i = 0; i < 12; i++) {
                assertThat(answers.get(i).get().ids())
                        .isEqualTo(all.get(i % all.size()).greedyIds());
            }
        }
    }

    @Test
    void aStopSequenceEndsTheTextBeforeIt() throws Exception {
        pair();
        Golden golden = ReferenceModel.golden().getFirst();
        String stop = golden.greedyText().substring(20, 24);
        FakeGateway.Answer answer =
                cluster.gateway("a")
                        .generate(
                                TestCluster.request(1, golden.prompt(), 64)
                                        .addStopSequences(stop)
                                        .build());
        assertThat(answer.text())
                .isEqualTo(golden.greedyText().substring(0, golden.greedyText().indexOf(stop)));
        assertThat(answer.last().getFinished().getReason())
                .isEqualTo(FinishReason.FINISH_REASON_STOP);
        awaitIdle("a");
        awaitIdle("b");
    }

    @Test
    void aCancelledRequestFreesItsKvOnEveryStage() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> {
            Iterator<GenerateEvent> events =
                    InferenceGrpc.newBlockingStub(gateway.channel())
                            .generate(
                                    TestCluster.request(1, "<|bos|><|theorem|>", 900)
                                            .setSampling(hot())
                                            .build());
            assertThat(events.next().hasStarted()).isTrue();
            assertThat(events.next().hasTokens()).isTrue();
        });
        call.cancel(null);
        awaitIdle("a");
        awaitIdle("b");
    }

    @Test
    void aLostStageFailsRunningRequestsAndANewEpochHeals() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        Iterator<GenerateEvent> events =
                InferenceGrpc.newBlockingStub(gateway.channel())
                        .generate(
                                TestCluster.request(1, "<|bos|><|theorem|>", 1_000)
                                        .setSampling(hot())
                                        .build());
        assertThat(events.next().hasStarted()).isTrue();
        cluster.stop("b");
        assertThatThrownBy(() -> events.forEachRemaining(e -> {}))
                .satisfies(e -> assertThat(GrpcFaults.reason(e)).isEqualTo("STAGE_LOST"))
                .satisfies(e ->
                        assertThat(Status.fromThrowable(e).getCode())
                                .isEqualTo(Status.Code.UNAVAILABLE));

        cluster.start("b");
        cluster.deploy(2, "a", "b");
        Golden golden = ReferenceModel.golden().getFirst();
        assertThat(gateway.generate(TestCluster.request(2, golden.prompt(), 64).build()).ids())
                .isEqualTo(golden.greedyIds());
        assertThatThrownBy(() -> gateway.generate(request(golden)))
                .satisfies(e -> assertThat(GrpcFaults.reason(e)).isEqualTo("STALE_EPOCH"));
    }

    @Test
    void servingGoesOnWhileTheSchedulerIsAway() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        cluster.scheduler().goAway();
        Golden golden = ReferenceModel.golden().getFirst();
        assertThat(gateway.generate(request(golden)).ids()).isEqualTo(golden.greedyIds());

        cluster.scheduler().comeBack();
        NodeMessage hello =
                cluster.scheduler()
                        .node("b")
                        .await(m -> m.hasHello() && m.getHello().getStagesCount() > 0);
        assertThat(hello.getHello().getStages(0).getState())
                .isEqualTo(StageState.STAGE_STATE_LOADED);
    }

    @Test
    void aFileWithWrongBytesIsNeverLoaded() throws Exception {
        cluster.start("a");
        cluster.scheduler().files().spoil(cluster.files().getLast().getSha256());
        cluster.scheduler().node("a").assign(cluster.order(1, 0, List.of("a")));
        StageReport report =
                cluster.scheduler()
                        .node("a")
                        .await(m -> m.getStage().getState() == StageState.STAGE_STATE_FAILED)
                        .getStage();
        assertThat(report.getErrorCode()).isEqualTo("MODEL_FILE_MISMATCH");
        Path bad =
                folder.resolve("a/models/quarantine")
                        .resolve(cluster.files().getLast().getSha256());
        assertThat(bad).exists();
    }

    @Test
    void weightsOfAnotherSizeThanBookedAreNotLoaded() throws Exception {
        cluster.start("a");
        cluster.scheduler()
                .node("a")
                .assign(
                        cluster.order(1, 0, List.of("a")).toBuilder()
                                .setWeightBytes(12_345)
                                .build());
        StageReport report =
                cluster.scheduler()
                        .node("a")
                        .await(m -> m.getStage().getState() == StageState.STAGE_STATE_FAILED)
                        .getStage();
        assertThat(report.getErrorCode()).isEqualTo("WEIGHT_BYTES_MISMATCH");
    }

    @Test
    void onlyAGatewayMayGenerate() throws Exception {
        pair();
        for (String kind : List.of("node", "scheduler", "stranger")) {
            try (FakeGateway other =
                    new FakeGateway(
                            cluster.authority(),
                            cluster.agent("a").address(),
                            "urn:assay:" + kind + ":" + UUID.randomUUID())) {
                assertThatThrownBy(
                                () -> other.generate(request(ReferenceModel.golden().getFirst())))
                        .isInstanceOf(StatusRuntimeException.class)
                        .satisfies(e -> assertThat(GrpcFaults.reason(e)).isEqualTo("PEER_REFUSED"));
            }
        }
    }

    @Test
    void badRequestsAreRefusedWithTheirReason() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        String longPrompt = "<|bos|>" + "n + ".repeat(1_200);
        assertThat(reason(gateway, TestCluster.request(1, longPrompt, 1)))
                .isEqualTo("PROMPT_TOO_LONG");
        assertThat(reason(gateway, TestCluster.request(1, "", 1))).isEqualTo("REQUEST_INVALID");
        assertThat(reason(gateway, TestCluster.request(1, "x", 0))).isEqualTo("REQUEST_INVALID");
        assertThat(reason(gateway, TestCluster.request(7, "x", 1))).isEqualTo("STALE_EPOCH");
        assertThat(reason(gateway, TestCluster.request(1, "x", 1).setReplicaId("other")))
                .isEqualTo("REPLICA_NOT_HERE");
    }

    @Test
    void aReleasedStageIsGone() throws Exception {
        pair();
        cluster.release("a", 1);
        cluster.awaitStage("a", 1, StageState.STAGE_STATE_RELEASED);
        assertThat(reason(cluster.gateway("a"), TestCluster.request(1, "x", 1)))
                .isEqualTo("REPLICA_NOT_HERE");
    }

    private void pair() throws InterruptedException {
        cluster.start("a");
        cluster.start("b");
        cluster.deploy(1, "a", "b");
    }

    private void awaitIdle(String name) throws InterruptedException {
        cluster.scheduler()
                .node(name)
                .await(m ->
                        m.hasHeartbeat()
                                && m.getHeartbeat().getStagesList().stream()
                                        .anyMatch(PipelineTest::idle));
    }

    private static boolean idle(StageUse use) {
        return use.getKvCacheUsageRatio() == 0 && use.getRequestsRunning() == 0;
    }

    private static assay.inference.v1.Sampling hot() {
        return assay.inference.v1.Sampling.newBuilder().setTemperature(50).setSeed(5).build();
    }

    private static assay.inference.v1.GenerateRequest request(Golden golden) {
        return TestCluster.request(1, golden.prompt(), 64).build();
    }

    private static String reason(
            FakeGateway gateway, assay.inference.v1.GenerateRequest.Builder request) {
        try {
            gateway.generate(request.build());
            return "";
        } catch (StatusRuntimeException e) {
            return GrpcFaults.reason(e);
        }
    }
}
