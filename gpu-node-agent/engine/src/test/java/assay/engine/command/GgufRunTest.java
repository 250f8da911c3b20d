package assay.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.ModelFixtures;
import assay.engine.ReferenceModel;
import assay.engine.weights.GgmlType;
import assay.engine.weights.GgufOfFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Models answer the same after they were converted to GGUF. */
class GgufRunTest {
    /** Between the best two logits; closer ones may change places by rounding. */
    private static final double LEAST_GAP = 0.02;

    @TempDir private Path folder;

    @Test
    void theShippedModelGivesItsGoldenTokens() throws IOException {
        var golden = ReferenceModel.goldens().getFirst();
        Path gguf = folder.resolve("model.gguf");
        GgufOfFolder.write(ReferenceModel.folder(), gguf, GgmlType.F32);
        assertThat(greedy(gguf, golden.promptIds(), 6))
                .isEqualTo(Arrays.copyOf(golden.greedyIds(), 6));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-f32",
                "llama3-rope-bf16-tied",
                "qwen2-bias-f16",
                "qwen3-qknorm-bf16",
                "qwen3moe-bf16",
                "mixtral-bf16"
            })
    void aFixtureGivesItsGoldenTokens(String name) throws IOException {
        Path model = ModelFixtures.folder(name);
        Path gguf = folder.resolve("model.gguf");
        GgufOfFolder.write(model, gguf, GgmlType.F32);
        for (var golden : ModelFixtures.goldens(model)) {
            int sure = 0;
            while (sure < golden.greedy().length && golden.gaps()[sure] > LEAST_GAP) {
                sure++;
            }
            if (sure > 0) {
                assertThat(greedy(gguf, golden.prompt(), sure))
                        .isEqualTo(Arrays.copyOf(golden.greedy(), sure));
            }
        }
    }

    private static int[] greedy(Path gguf, int[] prompt, int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        String ids =
                Arrays.stream(prompt).mapToObj(String::valueOf).collect(Collectors.joining(","));
        List<String> command =
                List.of("run", gguf.toString(), "--ids=" + ids, "--greedy", "" + count);
        int code = ModelMain.run(command, stream, stream);
        assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isZero();
        var answer = new JsonMapper().readTree(out.toString(StandardCharsets.UTF_8));
        return answer.path("greedy").valueStream().mapToInt(id -> id.intValue()).toArray();
    }
}
