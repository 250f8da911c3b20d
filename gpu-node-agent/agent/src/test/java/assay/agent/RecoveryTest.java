package assay.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.config.HostPort;
import assay.agent.fake.FakeGateway;
import assay.agent.fake.FakeGateway.Answer;
import assay.agent.fake.ReferenceModel;
import assay.agent.fake.TestCluster;
import assay.agent.fake.Wire;
import assay.agent.fault.GrpcFaults;
import assay.agent.v1.AssignStage;
import assay.agent.v1.ChainReport;
import assay.agent.v1.NodeMessage;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Resumed;
import assay.inference.v1.Sampling;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is lost on the way comes back, and nobody can tell from the answers: greedy and seeded, with
 * penalties and with a constraint, many at once. Agents, sockets and model are real.
 */
@Timeout(300)
class RecoveryTest {
    /** Shorter than in service; longer than a busy machine keeps a thread waiting. */
    private static final String SILENCE_MILLIS = "2000";

    @TempDir Path folder;
    private TestCluster cluster;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Wire> wires = new ArrayList<>();

    @BeforeEach
    void begin() {
        cluster = new TestCluster(folder);
    }

    @AfterEach
    void end() {
        callers.shutdownNow();
        cluster.close();
        wires.forEach(Wire::close);
    }

    /** Long enough that a loss comes in the middle of all of them. */
    private static List<GenerateRequest.Builder> requests() {
        String longPrompt = "<|bos|><|theorem|>" + "forall n : nat, n + 0 = n. ".repeat(40);
        Sampling hot = Sampling.newBuilder().setTemperature(50).setSeed(11).build();
        return List.of(
                TestCluster.request(1, ReferenceModel.golden().getFirst().prompt(), 64),
                TestCluster.request(1, longPrompt, 50).setSampling(hot),
                TestCluster.request(1, "<|bos|><|theorem|>", 90).setSampling(hot).setN(2),
                TestCluster.request(1, "<|bos|><|theorem|>", 80)
                        .setSampling(
                                Sampling.newBuilder()
                                        .setTemperature(2)
                                        .setSeed(-3)
                                        .setTopK(50)
                                        .setRepetitionPenalty(1.3f)
                                        .setPresencePenalty(0.4f)
                                        .setFrequencyPenalty(0.2f)),
                TestCluster.request(1, "<|bos|>", 90)
                        .setSampling(hot)
                        .setRegex("[ab]{70}-[0-9]{10}"),
                TestCluster.request(1, longPrompt + "x", 40).setLogProbs(true));
    }

    /** Every request while something happens to the stages. */
    private List<Answer> answers(String head, CountDownLatch under) throws Exception {
        FakeGateway gateway = cluster.gateway(head);
        List<Future<Answer>> running = new ArrayList<>();
        for (GenerateRequest.Builder request : requests()) {
            running.add(
                    callers.submit(() ->
                            gateway.generate(
                                    request.build(),
                                    event -> {
                                        if (event.hasTokens()) {
                                            under.countDown();
                                        }
                                    })));
        }
        List<Answer> all = new ArrayList<>();
        for (Future<Answer> answer : running) {
            all.add(answer.get(90, TimeUnit.SECONDS));
        }
        return all;
    }

    private interface Disturbance {
        void happens() throws Exception;
    }

    private void sameAnswersAlthough(int tokens, Disturbance disturbance) throws Exception {
        List<Answer> undisturbed = answers("a", new CountDownLatch(0));
        CountDownLatch under = new CountDownLatch(tokens);
        Future<List<Answer>> disturbed = callers.submit(() -> answers("a", under));
        assertThat(under.await(60, TimeUnit.SECONDS)).isTrue();
        disturbance.happens();
        List<Answer> all = disturbed.get(100, TimeUnit.SECONDS);
        for (int i = 0; i < all.size(); i++) {
            if (requests().get(i).getN() == 0) {
                assertThat(all.get(i).ids()).as("request " + i).isEqualTo(undisturbed.get(i).ids());
                assertThat(all.get(i).text()).isEqualTo(undisturbed.get(i).text());
                assertThat(all.get(i).logProbs()).isEqualTo(undisturbed.get(i).logProbs());
                assertThat(all.get(i).last().getFinished().getCompletionTokens())
                        .isEqualTo(undisturbed.get(i).ids().size());
            } else {
                assertThat(all.get(i).ids())
                        .containsExactlyInAnyOrderElementsOf(undisturbed.get(i).ids());
            }
        }
    }

    /** The first token comes while long prompts are still under way. */
    @ParameterizedTest(name = "{0} after {1} tokens")
    @CsvSource({"b, 1", "c, 1", "b, 60", "c, 60"})
    void aLostStageIsReplacedUnderRunningStreams(String lost, int tokens) throws Exception {
        for (String name : List.of("a", "b", "c", "d")) {
            cluster.start(name);
        }
        cluster.deploy(1, "a", "b", "c");
        sameAnswersAlthough(
                tokens,
                () -> {
                    cluster.stop(lost);
                    cluster.deploy(
                            2, "a", lost.equals("b") ? "d" : "b", lost.equals("c") ? "d" : "c");
                });
        assertThat(metric("a", "assay_pipeline_recoveries_total")).isEqualTo(1);
        if (lost.equals("b")) {
            assertThat(metric("a", "assay_pipeline_kept_tokens_total"))
                    .as("the last stage kept its KV")
                    .isPositive();
        }
        assertThat(metric("a", "assay_pipeline_recovery_seconds_count")).isEqualTo(1);
    }

    @Test
    void aReturningAgentTakesItsStageBack() throws Exception {
        trio();
        sameAnswersAlthough(
                40,
                () -> {
                    cluster.stop("b");
                    cluster.start("b");
                    cluster.deploy(2, "a", "b", "c");
                });
    }

    @Test
    void anEpochChangesUnderRunningStreams() throws Exception {
        trio();
        sameAnswersAlthough(
                30,
                () -> {
                    cluster.deploy(2, "a", "b", "c");
                    cluster.deploy(3, "a", "b", "c");
                });
    }

    @ParameterizedTest(name = "the way to stage {0}")
    @CsvSource({"1", "2"})
    void aCutLinkComesBackUnderTheSameEpoch(int stage) throws Exception {
        Wire wire = trioOver(stage);
        sameAnswersAlthough(
                40,
                () -> {
                    wire.cut();
                    awaitChain(false);
                    awaitChain(true);
                    wire.cut();
                });
        assertThat(metric("a", "assay_pipeline_kept_tokens_total"))
                .as("all stages kept their KV")
                .isPositive();
    }

    @Test
    void aStageThatStandsStillIsNamedAndReplaced() throws Exception {
        for (String name : List.of("a", "b", "c")) {
            cluster.start(name, "--link-silence-millis", SILENCE_MILLIS);
        }
        cluster.start("d");
        Wire wire = new Wire(HostPort.parse(cluster.scheduler().node("c").address()));
        wires.add(wire);
        cluster.deploy(1, over(1, wire), "a", "b", "c");
        sameAnswersAlthough(
                20,
                () -> {
                    wire.stop();
                    ChainReport report = lostReport("a");
                    assertThat(report.getLostStage()).isEqualTo(2);
                    assertThat(report.getEpoch()).isEqualTo(1);
                    cluster.deploy(2, "a", "b", "d");
                });
    }

    @Test
    void aRequestWaitsForALostStageAndThenNoLonger() throws Exception {
        for (String name : List.of("a", "b")) {
            cluster.start(name, "--new-wait-millis", "700", "--stream-wait-millis", "1500");
        }
        cluster.deploy(1, "a", "b");
        FakeGateway gateway = cluster.gateway("a");
        CountDownLatch under = new CountDownLatch(3);
        Future<Answer> running =
                callers.submit(() ->
                        gateway.generate(
                                requests().get(2).clone().setMaxTokens(900).build(),
                                event -> under.countDown()));
        assertThat(under.await(30, TimeUnit.SECONDS)).isTrue();
        cluster.stop("b");
        assertThat(lostReport("a").getLinked()).isFalse();
        assertThatThrownBy(() -> gateway.generate(requests().getFirst().build()))
                .satisfies(e -> assertThat(GrpcFaults.reason(e)).isEqualTo("STAGE_LOST"));
        assertThatThrownBy(() -> running.get(30, TimeUnit.SECONDS))
                .satisfies(e ->
                        assertThat(GrpcFaults.reason(Objects.requireNonNull(e.getCause())))
                                .isEqualTo("STAGE_LOST"));

        cluster.start("b");
        cluster.deploy(2, "a", "b");
        assertThat(gateway.generate(requests().get(0).clone().setEpoch(2).build()).ids())
                .isEqualTo(ReferenceModel.golden().getFirst().greedyIds());
    }

    @Test
    void aRequestThatComesWhileAStageIsAwayIsAnsweredWhenItIsBack() throws Exception {
        Wire wire = trioOver(1);
        wire.stop();
        wire.cut();
        assertThat(lostReport("a").getEpoch()).isEqualTo(1);
        Future<Answer> waiting =
                callers.submit(() -> cluster.gateway("a").generate(requests().get(0).build()));
        wire.goOn();
        assertThat(waiting.get(60, TimeUnit.SECONDS).ids())
                .isEqualTo(ReferenceModel.golden().getFirst().greedyIds());
    }

    @Test
    void anotherHeadGoesOnBehindAnyToken() throws Exception {
        cluster.start("a");
        cluster.start("b");
        cluster.deploy(1, "a", "b");
        FakeGateway gateway = cluster.gateway("a");
        for (GenerateRequest.Builder request : requests()) {
            request.setN(1).addStopSequences("zzzzz").addStopSequences("q");
            Answer whole = gateway.generate(request.build());
            int count = whole.ids().size();
            for (int told : List.of(0, 1, count / 3, count - 1, count)) {
                Resumed.Builder before =
                        Resumed.newBuilder()
                                .addAllIds(whole.ids().subList(0, told))
                                .setTextUnits(told == count ? whole.text().length() : told / 2);
                Answer rest = gateway.generate(request.clone().addResumed(before).build());
                assertThat(rest.ids()).isEqualTo(whole.ids().subList(told, count));
                assertThat(rest.text()).isEqualTo(whole.text().substring(before.getTextUnits()));
                assertThat(
                                rest.last().getFinished().toBuilder()
                                        .clearQueueMicros()
                                        .clearTimeToFirstTokenMicros()
                                        .build())
                        .isEqualTo(
                                whole.last().getFinished().toBuilder()
                                        .clearQueueMicros()
                                        .clearTimeToFirstTokenMicros()
                                        .build());
            }
        }
    }

    private void trio() throws InterruptedException {
        for (String name : List.of("a", "b", "c")) {
            cluster.start(name);
        }
        cluster.deploy(1, "a", "b", "c");
    }

    /** Three stages; the way to one of them can be cut. */
    private Wire trioOver(int stage) throws InterruptedException {
        for (String name : List.of("a", "b", "c")) {
            cluster.start(name, "--link-silence-millis", SILENCE_MILLIS);
        }
        String to = cluster.scheduler().node(List.of("a", "b", "c").get(stage)).address();
        Wire wire = new Wire(HostPort.parse(to));
        wires.add(wire);
        cluster.deploy(1, over(stage - 1, wire), "a", "b", "c");
        return wire;
    }

    private static BiFunction<Integer, AssignStage, AssignStage> over(int fromStage, Wire wire) {
        return (index, order) ->
                index == fromStage
                        ? order.toBuilder().setNextAddress(wire.address()).build()
                        : order;
    }

    /** The first report that names the stage, or says that it can not. */
    private ChainReport lostReport(String head) throws InterruptedException {
        NodeMessage message =
                cluster.scheduler()
                        .node(head)
                        .await(m ->
                                m.hasChain()
                                        && !m.getChain().getLinked()
                                        && m.getChain().getLostStage() > 0);
        return message.getChain();
    }

    private void awaitChain(boolean linked) throws InterruptedException {
        NodeMessage _ =
                cluster.scheduler()
                        .node("a")
                        .await(m -> m.hasChain() && m.getChain().getLinked() == linked);
    }

    private double metric(String agent, String name) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://" + cluster.agent(agent).metricsAddress() + "/metrics");
            String text =
                    client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .body();
            return text.lines()
                    .filter(line -> line.startsWith(name + "{"))
                    .mapToDouble(
                            line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }
}
