package assay.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import assay.v1.GenerationRequest;
import assay.v1.ModelServiceGrpc;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole way through real processes. The tests that kill something come last. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WholeWayIT {
    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir static Path data;

    private static RunningStack stack;
    private static Gateway gateway;
    private static JsonNode golden;

    @BeforeAll
    static void up() {
        stack = RunningStack.start(data);
        gateway = new Gateway(stack);
        Path file =
                RunningStack.repository().resolve("deploy/standalone/reference-model/golden.json");
        golden = JSON.readTree(file.toFile()).required("cases");
    }

    @AfterAll
    static void down() {
        if (stack == null) {
            return;
        }
        Map<String, List<Long>> processes = stack.processes();
        stack.close();
        processes.forEach((name, pids) ->
                assertThat(pids.stream().flatMap(pid -> ProcessHandle.of(pid).stream()))
                        .as("%s after down", name)
                        .noneMatch(ProcessHandle::isAlive));
    }

    @Test
    @Order(1)
    void everyGoldenPromptGetsItsContinuationOverBothAgents() {
        assertGoldenContinuations();
    }

    private static void assertGoldenContinuations() {
        for (JsonNode item : golden) {
            var answer =
                    gateway.post(
                            "/api/v1/generate",
                            Map.of(
                                    "prompt",
                                    item.required("prompt").asString(),
                                    "max_tokens",
                                    64,
                                    "temperature",
                                    0));
            assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
            assertThat(answer.json().required("output").asString()).isEqualTo(greedyText(item));
        }
    }

    @Test
    @Order(1)
    void aGrpcClientGetsTheSameOverTls() throws IOException {
        JsonNode item = golden.get(0);
        ManagedChannel channel = channel();
        try {
            var client =
                    ModelServiceGrpc.newBlockingStub(channel)
                            .withCallCredentials(bearer(gateway.key()));
            var request =
                    GenerationRequest.newBuilder()
                            .setPrompt(item.required("prompt").asString())
                            .setMaxTokens(64)
                            .build();
            var response = client.generate(request);
            assertThat(response.getOutput()).isEqualTo(greedyText(item));
            assertThat(response.getLogProbsList()).hasSize(64).allMatch(logProb -> logProb <= 0);
            var streamed = new StringBuilder();
            client.generateStream(request)
                    .forEachRemaining(chunk -> streamed.append(chunk.getOutput()));
            assertThat(streamed).hasToString(greedyText(item));
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    @Order(1)
    void sampledOutputIsAFunctionOfTheSeed() {
        var body =
                Map.of(
                        "prompt",
                        golden.get(0).required("prompt").asString(),
                        "max_tokens",
                        48,
                        "temperature",
                        1.2,
                        "seed",
                        7);
        String first = gateway.post("/api/v1/generate", body).json().required("output").asString();
        String second = gateway.post("/api/v1/generate", body).json().required("output").asString();
        assertThat(second).isEqualTo(first);
    }

    @ParameterizedTest
    @Order(1)
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"max_tokens\": 4}                                      | 422 | prompt",
                "{\"prompt\": \"x\", \"max_tokens\": 0}                   | 422 | max_tokens",
                "{\"prompt\": \"x\", \"max_tokens\": 1000000000}          | 422 | max_tokens",
                "{\"prompt\": \"x\", \"max_tokens\": 4, \"temperature\": -1} | 422 | temperature",
                "{\"prompt\": \"x\", \"max_tokens\": 4, \"surprise\": 1}  | 422 | surprise",
            })
    void aWrongFieldIsNamed(String body, int status, String field) {
        var answer = gateway.post("/api/v1/generate", body, gateway.key());
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().required("errors").findValuesAsString("field")).contains(field);
        assertThat(answer.response().body()).doesNotContain("Exception").doesNotContain("\tat ");
    }

    @Test
    @Order(1)
    void aTrueConjectureIsProvedAndCoqAgreesByHand() throws Exception {
        var answer = verify("forall A B : Prop, A /\\ B -> B /\\ A", 1);
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
        assertThat(answer.json().required("verdict").asString()).isEqualTo("proved");
        assertThat(answer.json().required("proof").asString()).contains("split");
        Path source =
                Files.writeString(
                        data.resolve("Report.v"), answer.json().required("source").asString());
        Process coqc = new ProcessBuilder("coqc", "-q", source.toString()).inheritIO().start();
        assertThat(coqc.waitFor()).isZero();
    }

    @Test
    @Order(1)
    void aFalseConjectureIsRefutedByTheKernel() {
        var answer = verify("forall n m : nat, n - m + m = n", 8);
        assertThat(answer.json().required("verdict").asString()).isEqualTo("refuted");
        assertThat(answer.json().required("counterexample").asString()).contains("n=0");
        var report = gateway.get(answer.json().required("report").required("html").asString());
        assertThat(report.status()).isEqualTo(200);
        assertThat(report.header("Content-Type")).startsWith("text/html");
    }

    @Test
    @Order(1)
    void aStatementThatCoqCanNotReadIsTheCallersMistake() {
        var answer = verify("forall n : nat, n +", 1);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().required("type").asString()).endsWith("statement-invalid");
    }

    @Test
    @Order(2)
    void aGuestProvesATheoremAndAnAdminWatches() {
        try (Playwright playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))) {
            Browser browser = playwright.chromium().launch(chromium());
            try (var guest =
                    browser.newContext(
                            new Browser.NewContextOptions().setViewportSize(1440, 1200))) {
                BrowserJourney.guestProves(guest.newPage(), stack);
            }
            try (var phone =
                    browser.newContext(
                            new Browser.NewContextOptions()
                                    .setViewportSize(390, 1100)
                                    .setLocale("zh-CN"))) {
                BrowserJourney.guestRefutes(phone.newPage(), stack);
            }
            String chosen = stack.text("adminPassword") + " of my own";
            try (var admin =
                    browser.newContext(
                            new Browser.NewContextOptions().setViewportSize(1440, 1200))) {
                var passkeys =
                        new PasskeyJourney(
                                admin, stack.text("http").replace("127.0.0.1", "localhost"));
                passkeys.signIn(stack.text("adminUser"), stack.text("adminPassword"), chosen);
                passkeys.register();
                passkeys.comeBack();
                passkeys.withoutThePersonItOpensNothing();
                passkeys.removedItOpensNothing();
            }
            try (var admin =
                    browser.newContext(
                            new Browser.NewContextOptions().setViewportSize(1440, 1200))) {
                Page page = admin.newPage();
                BrowserJourney.adminSeesTheCluster(page, stack, chosen);
                var journey = new AdministrationJourney(page, stack.text("http"));
                journey.makesATenantARoleAndAKey();
                journey.suspendsTwoTenantsAtOnce();
                try (var guest = browser.newContext()) {
                    journey.guestsComeByTheLinkOfTheirTenant(guest.newPage());
                }
                var audit = new AuditJourney(page, stack.text("http"));
                audit.findsWhatWasDoneAndOpensIt();
                audit.narrowsTheRange();
                audit.exportsAndLoads();
                for (Look look : Look.chosen()) {
                    try (var seen = browser.newContext(look.context(admin.storageState()))) {
                        new AdministrationJourney(seen.newPage(), stack.text("http"))
                                .looksAtEveryPage(look.name());
                    }
                }
            }
        }
    }

    @Test
    @Order(3)
    void eitherAgentMayDieAndTheReplicaHeals() {
        for (int index = 0; index < 2; index++) {
            long victim = stack.agents().get(index);
            ProcessHandle.of(victim).orElseThrow().destroyForcibly();
            // A request may wait for the lost stage, or find no replica for a moment.
            awaitGenerate(200);
            assertGoldenContinuations();
            awaitReturnOf(victim);
        }
    }

    /** Each look asks for an answer, so this does not spin. */
    private static void awaitReturnOf(long victim) {
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        while (stack.agents().contains(victim)) {
            assertThat(Instant.now()).as("agent %s is started again", victim).isBefore(end);
            generate();
        }
        awaitGenerate(200);
    }

    @Test
    @Order(4)
    void restartOnTheSameDataKeepsKeysAndVerifications() {
        var before = verify("forall P : Prop, P -> P", 1);
        String id = before.json().required("id").asString();
        String key = stack.text("apiKey");
        stack.close();
        stack = RunningStack.start(data);
        gateway = new Gateway(stack);
        assertThat(stack.text("apiKey")).isEqualTo(key);
        assertThat(gateway.get("/api/v1/verifications/" + id).json().required("verdict").asString())
                .isEqualTo("proved");
        assertThat(generate().status()).isEqualTo(200);
    }

    /** The end of the sequence is a special token: it ends the output and is no part of it. */
    private static String greedyText(JsonNode item) {
        return item.required("greedy_text").asString().replace("<|eos|>", "");
    }

    private static Gateway.Answer verify(String statement, int samples) {
        return gateway.post(
                "/api/v1/verifications",
                Map.of(
                        "scenario",
                        "theorem",
                        "system",
                        "coq",
                        "statement",
                        statement,
                        "samples",
                        samples));
    }

    private static Gateway.Answer generate() {
        return gateway.post("/api/v1/generate", Map.of("prompt", "x", "max_tokens", 2));
    }

    /**
     * Asks again until that is the answer: each question takes a call's time, so this does not
     * spin.
     */
    private static Gateway.Answer awaitGenerate(int status) {
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        Gateway.Answer answer = generate();
        while (answer.status() != status) {
            assertThat(Instant.now()).as("generate answers %s", status).isBefore(end);
            answer = generate();
        }
        return answer;
    }

    static BrowserType.LaunchOptions chromium() {
        return new BrowserType.LaunchOptions()
                .setExecutablePath(
                        Path.of(
                                Optional.ofNullable(System.getenv("CHROMIUM"))
                                        .orElse("/usr/bin/chromium")))
                .setArgs(
                        List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync"));
    }

    private static ManagedChannel channel() throws IOException {
        ChannelCredentials tls =
                TlsChannelCredentials.newBuilder()
                        .trustManager(Path.of(stack.text("caCertificate")).toFile())
                        .build();
        return Grpc.newChannelBuilder(stack.text("grpc"), tls).build();
    }

    private static CallCredentials bearer(String key) {
        return new CallCredentials() {
            @Override
            public void applyRequestMetadata(
                    RequestInfo info, Executor executor, MetadataApplier applier) {
                try {
                    var metadata = new Metadata();
                    metadata.put(
                            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                            "Bearer " + key);
                    applier.apply(metadata);
                } catch (RuntimeException e) {
                    applier.fail(Status.UNAUTHENTICATED.withCause(e));
                }
            }
        };
    }
}
