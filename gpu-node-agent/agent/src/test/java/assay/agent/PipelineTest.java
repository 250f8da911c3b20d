package assay.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.agent.fake.FakeGateway;
import assay.agent.fake.ReferenceModel;
import assay.agent.fake.ReferenceModel.Golden;
import assay.agent.fake.TestCluster;
import assay.agent.fault.GrpcFaults;
import assay.agent.v1.NodeMessage;
import assay.agent.v1.StageReport;
import assay.agent.v1.StageState;
import assay.agent.v1.StageUse;
import assay.agent.v1.WireType;
import assay.inference.v1.EmbedRequest;
import assay.inference.v1.Embedding;
import assay.inference.v1.FinishReason;
import assay.inference.v1.GenerateEvent;
import assay.inference.v1.InferenceGrpc;
import assay.inference.v1.Pooling;
import assay.inference.v1.Sampling;
import assay.inference.v1.ScoreReply;
import assay.inference.v1.ScoreRequest;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
@Timeout(300)
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
    void answersToOnePromptAreTheOnesAskedForOneByOne() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        var request =
                TestCluster.request(1, ReferenceModel.golden().getFirst().prompt(), 12)
                        .setTenant("t")
                        .setSampling(hot());
        Map<Integer, List<Integer>> choices = new HashMap<>();
        Set<Integer> finished = new HashSet<>();
        InferenceGrpc.newBlockingStub(gateway.channel())
                .generate(request.setN(3).build())
                .forEachRemaining(event -> {
                    if (event.hasTokens()) {
                        choices.computeIfAbsent(
                                        event.getTokens().getChoice(), c -> new ArrayList<>())
                                .addAll(event.getTokens().getIdsList());
                    }
                    if (event.hasFinished()) {
                        assertThat(finished.add(event.getFinished().getChoice())).isTrue();
                    }
                });
        assertThat(finished).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(choices.get(0)).isEqualTo(gateway.generate(request.setN(1).build()).ids());
        assertThat(Set.copyOf(choices.values())).as("other noise for each").hasSize(3);
        awaitIdle("b");
    }

    @Test
    void aTextIsScoredAsItWasGenerated() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        Golden golden = ReferenceModel.golden().getFirst();
        FakeGateway.Answer answer =
                gateway.generate(
                        TestCluster.request(1, golden.prompt(), 8).setLogProbs(true).build());
        ScoreReply score =
                InferenceGrpc.newBlockingStub(gateway.channel())
                        .score(
                                ScoreRequest.newBuilder()
                                        .setReplicaId(TestCluster.REPLICA)
                                        .setEpoch(1)
                                        .setPrompt(golden.prompt() + answer.text())
                                        .setTopLogProbs(3)
                                        .build());
        int prompt = golden.promptIds().size();
        assertThat(score.getIdsList().subList(0, prompt)).isEqualTo(golden.promptIds());
        assertThat(score.getIdsList().subList(prompt, prompt + 8)).isEqualTo(answer.ids());
        assertThat(score.getTopCount()).isEqualTo(score.getIdsCount() - 1);
        for (int i = 0; i < 8; i++) {
            var top = score.getTop(prompt - 1 + i);
            assertThat(top.getIds(0))
                    .as("greedy took the likeliest")
                    .isEqualTo(answer.ids().get(i));
            assertThat(score.getLogProbs(prompt - 1 + i))
                    .isEqualTo(top.getLogProbs(0))
                    .isCloseTo(answer.logProbs().get(i), within(1e-6f));
            assertThat(top.getLogProbsList())
                    .hasSize(3)
                    .isSortedAccordingTo((x, y) -> y.compareTo(x));
        }
    }

    @Test
    void embeddingsArePooledFromTheStatesOfTheTokens() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        String text = "<|bos|>" + "x = a + b\n".repeat(60); // more than one step
        List<float[]> rows = rows(embed(gateway, text, Pooling.POOLING_NONE, false));
        float[] mean = rows(embed(gateway, text, Pooling.POOLING_MEAN, false)).getFirst();
        float[] last = rows(embed(gateway, text, Pooling.POOLING_LAST, false)).getFirst();
        float[] first = rows(embed(gateway, text, Pooling.POOLING_CLS, false)).getFirst();
        assertThat(last).isEqualTo(rows.getLast());
        assertThat(first).isEqualTo(rows.getFirst());
        for (int i = 0; i < mean.length; i++) {
            int column = i;
            double expected = rows.stream().mapToDouble(r -> r[column]).average().orElseThrow();
            assertThat((double) mean[i]).isCloseTo(expected, within(1e-6));
        }
        double squares = 0;
        for (float value : rows(embed(gateway, text, Pooling.POOLING_MEAN, true)).getFirst()) {
            squares += (double) value * value;
        }
        assertThat(squares).isCloseTo(1, within(1e-5));
        awaitIdle("b");
    }

    private static Embedding embed(
            FakeGateway gateway, String text, Pooling pooling, boolean normalise) {
        return InferenceGrpc.newBlockingStub(gateway.channel())
                .embed(
                        EmbedRequest.newBuilder()
                                .setReplicaId(TestCluster.REPLICA)
                                .setEpoch(1)
                                .addInputs(text)
                                .setPooling(pooling)
                                .setNormalise(normalise)
                                .build())
                .getEmbeddings(0);
    }

    private static List<float[]> rows(Embedding embedding) {
        List<float[]> rows = new ArrayList<>();
        for (int row = 0; row < embedding.getRows(); row++) {
            float[] values = new float[embedding.getWidth()];
            for (int i = 0; i < values.length; i++) {
                values[i] = embedding.getValues(row * values.length + i);
            }
            rows.add(values);
        }
        return rows;
    }

    @Test
    void anAnswerHasTheFormThatWasAskedFor() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        var request = TestCluster.request(1, "<|bos|><|theorem|>", 40).setSampling(hot());
        assertThat(gateway.generate(request.setRegex("[ab]{3}-[0-9]{2}").build()).text())
                .matches("[ab]{3}-[0-9]{2}");
        assertThat(reason(gateway, request.clone().setRegex("a(?=b)")))
                .isEqualTo("REQUEST_INVALID");
        awaitIdle("b");
    }

    @Test
    void penaltiesAndBiasReachTheSampler() throws Exception {
        pair();
        FakeGateway gateway = cluster.gateway("a");
        int wanted = 300;
        FakeGateway.Answer answer =
                gateway.generate(
                        TestCluster.request(1, "<|bos|><|theorem|>", 4)
                                .setSampling(Sampling.newBuilder().putLogitBias(wanted, 100))
                                .setLogProbs(true)
                                .setTopLogProbs(2)
                                .build());
        assertThat(answer.ids()).containsOnly(wanted);
        FakeGateway.Answer penalised =
                gateway.generate(
                        TestCluster.request(1, "<|bos|><|theorem|>", 2)
                                .setSampling(
                                        Sampling.newBuilder()
                                                .putLogitBias(wanted, 100)
                                                .putLogitBias(wanted + 1, 100)
                                                .setRepetitionPenalty(10))
                                .build());
        assertThat(penalised.ids()).containsExactlyInAnyOrder(wanted, wanted + 1);
    }

    @Test
    void bf16OnTheWireIsTheDeploymentsChoice() throws Exception {
        cluster.start("a");
        cluster.start("b");
        for (int i = 0; i < 2; i++) {
            String name = i == 0 ? "a" : "b";
            cluster.scheduler()
                    .node(name)
                    .assign(
                            cluster.order(1, i, List.of("a", "b")).toBuilder()
                                    .setWireType(WireType.WIRE_TYPE_BF16)
                                    .setLinkLanes(3)
                                    .build());
        }
        cluster.awaitStage("a", 1, StageState.STAGE_STATE_LOADED);
        cluster.awaitStage("b", 1, StageState.STAGE_STATE_LOADED);
        assertThat(cluster.probe(1, "a").getPassed()).isTrue();
        Golden golden = ReferenceModel.golden().getFirst();
        assertThat(cluster.gateway("a").generate(request(golden)).ids().subList(0, 4))
                .isEqualTo(golden.greedyIds().subList(0, 4));
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
        call.run(() -> assertThat(longAnswer(gateway).next().hasTokens()).isTrue());
        call.cancel(null);
        awaitIdle("a");
        awaitIdle("b");
    }

    @Test
    void aHeadTellsHowLongARequestHasWaited() throws Exception {
        cluster.start("a");
        cluster.deploy(1, (_, order) -> order.toBuilder().setMaxSequences(1).build(), "a");
        FakeGateway gateway = cluster.gateway("a");
        var requests = new ArrayList<Context.CancellableContext>();
        try {
            for (int i = 0; i < 2; i++) {
                Context.CancellableContext call = Context.current().withCancellation();
                requests.add(call);
                call.run(() -> longAnswer(gateway));
            }
            NodeMessage told =
                    cluster.scheduler()
                            .node("a")
                            .await(m ->
                                    m.hasHeartbeat()
                                            && m.getHeartbeat().getStagesList().stream()
                                                    .anyMatch(it -> it.getQueueWaitMillis() > 0));
            assertThat(told.getHeartbeat().getStages(0).getRequestsWaiting()).isEqualTo(1);
        } finally {
            requests.forEach(call -> call.cancel(null));
        }
        awaitIdle("a");
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
        assertThat(reason(gateway, TestCluster.request(1, "x", 1).setN(65)))
                .isEqualTo("REQUEST_INVALID");
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

    /** The events of an answer that was taken in, behind the one that says so. */
    private static Iterator<GenerateEvent> longAnswer(FakeGateway gateway) {
        Iterator<GenerateEvent> events =
                InferenceGrpc.newBlockingStub(gateway.channel())
                        .generate(
                                TestCluster.request(1, "<|bos|><|theorem|>", 900)
                                        .setSampling(hot())
                                        .build());
        assertThat(events.next().hasStarted()).isTrue();
        return events;
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
