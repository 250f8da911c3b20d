package assay.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import assay.engine.Distances;
import assay.engine.ReferenceModel;
import assay.engine.ReferenceModel.Golden;
import assay.engine.kernel.Tensor;
import assay.engine.weights.Checkpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command as its users call it, on the model that the product ships. */
class ModelMainTest {
    private static final String MODEL = ReferenceModel.folder().toString();

    @TempDir private Path folder;

    private record Outcome(int exitCode, String out, String error) {}

    private static Outcome assay(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        int code =
                ModelMain.run(
                        List.of(args),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(error, true, StandardCharsets.UTF_8));
        return new Outcome(
                code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    private static JsonNode json(Outcome outcome) {
        assertThat(outcome.error()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        return new JsonMapper().readTree(outcome.out());
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        Arrays.setAll(ids, i -> list.get(i).intValue());
        return ids;
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "3"})
    void runsToTheGoldenTokensAndLogitsHoweverItIsSplit(String stages) throws IOException {
        Golden golden = ReferenceModel.goldens().getFirst();
        Path logits = folder.resolve("logits.safetensors");
        JsonNode answer =
                json(
                        assay(
                                "run",
                                MODEL,
                                "--prompt=" + golden.prompt(),
                                "--greedy",
                                "" + golden.greedyIds().length,
                                "--stages",
                                stages,
                                "--logits",
                                logits.toString()));
        assertThat(ids(answer.path("ids"))).isEqualTo(golden.promptIds());
        assertThat(ids(answer.path("greedy"))).isEqualTo(golden.greedyIds());
        assertThat(answer.path("text").asString()).isNotEmpty();
        try (Checkpoint written = Checkpoint.openFile(logits)) {
            int tokens = golden.promptIds().length;
            Tensor rows = written.tensor("logits").matrix(tokens, golden.logits().length);
            float[] last = new float[golden.logits().length];
            rows.readRow(tokens - 1, last);
            assertThat(last).containsExactly(golden.logits(), within(1e-2f));
        }
    }

    @ParameterizedTest
    @CsvSource({"none, 0, 0.001", "int8, 1e-5, 0.03", "int4, 1e-2, 0.4"})
    void smallerWeightsCostALittleOfTheAnswer(String type, double least, double most)
            throws IOException {
        Golden golden = ReferenceModel.goldens().getFirst();
        Path logits = folder.resolve("logits.safetensors");
        Outcome outcome =
                assay(
                        "run",
                        MODEL,
                        "--prompt=" + golden.prompt(),
                        "--quantize",
                        type,
                        "--stages=2",
                        "--logits=" + logits);
        assertThat(outcome.exitCode()).isZero();
        int tokens = golden.promptIds().length;
        try (Checkpoint written = Checkpoint.openFile(logits)) {
            Tensor rows = written.tensor("logits").matrix(tokens, golden.logits().length);
            float[] last = new float[golden.logits().length];
            rows.readRow(tokens - 1, last);
            assertThat(Distances.relative(List.of(last), new float[][] {golden.logits()}))
                    .isBetween(least, most);
        }
    }

    @Test
    void idsAreTheSamePromptAsTheirText() throws IOException {
        Golden golden = ReferenceModel.goldens().get(1);
        String list =
                Arrays.stream(golden.promptIds())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(","));
        JsonNode answer = json(assay("run", MODEL, "--ids", list, "--greedy", "3"));
        assertThat(ids(answer.path("greedy"))).isEqualTo(Arrays.copyOf(golden.greedyIds(), 3));
    }

    @Test
    void checkGivesTheSumsThatTheModelCameWith() throws IOException {
        JsonNode facts = json(assay("check", MODEL, "--json"));
        assertThat(facts.path("supported").booleanValue()).isTrue();
        assertThat(facts.path("layer_bytes")).hasSize(8);
        assertThat(facts.path("parameters").longValue()).isEqualTo(13_769_088);
        List<String> sums = Files.readAllLines(Path.of(MODEL, "SHA256SUMS"));
        for (JsonNode file : facts.path("files")) {
            String name = file.path("name").asString();
            sums.stream()
                    .filter(line -> line.endsWith("  " + name) || line.endsWith(" *" + name))
                    .forEach(line -> assertThat(line).startsWith(file.path("sha256").asString()));
        }
        assertThat(assay("check", MODEL).out()).contains("context_length: 1024");
    }

    @Test
    void checkNamesWhatIsNotSupported() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"architectures\":[\"MambaForCausalLM\"],\"model_type\":\"mamba\"}");
        Outcome outcome = assay("check", folder.toString(), "--json");
        assertThat(outcome.exitCode()).isEqualTo(1);
        JsonNode facts = new JsonMapper().readTree(outcome.out());
        assertThat(facts.path("supported").booleanValue()).isFalse();
        assertThat(facts.path("unsupported").toString()).contains("mamba");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --ids 1 --stages 9       | 2 | --stages: 9 (expected: 1..8)
                    --ids 1 --greedy x       | 2 | --greedy: x (expected: a whole number, at least 0)
                    --ids 1 --prompt a       | 2 | expected either --ids or --prompt
                    --ids 1536               | 2 | token id: 1536 (expected: 0..1535)
                    --ids 1 --quantize int3  | 2 | --quantize: int3 (expected: none, int8 or int4)
                    --ids 1 --fast           | 2 | --fast: unknown option
                    --ids 1 --backend abacus | 1 | abacus
                    --ids                    | 2 | --ids: no value
                    """)
    void whatCannotRunIsSaidInOneLine(String options, int exitCode, String message) {
        String[] args = ("run " + MODEL + " " + options).split(" ");
        Outcome outcome = assay(args);
        assertThat(outcome.exitCode()).isEqualTo(exitCode);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.error()).startsWith("assay: ").contains(message).hasLineCount(1);
    }
}
