package assay.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.ReferenceModel;
import assay.engine.weights.GgmlType;
import assay.engine.weights.GgufOfFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The shipped model answers the same after it was converted to GGUF. */
class GgufRunTest {
    @TempDir private Path folder;

    @Test
    void aConvertedModelGivesTheGoldenTokens() throws IOException {
        var golden = ReferenceModel.goldens().getFirst();
        Path gguf = folder.resolve("model.gguf");
        GgufOfFolder.write(ReferenceModel.folder(), gguf, GgmlType.F32);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        String ids =
                Arrays.stream(golden.promptIds())
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(","));
        int code =
                ModelMain.run(
                        List.of(
                                "run",
                                gguf.toString(),
                                "--ids=" + ids,
                                "--greedy",
                                "" + golden.greedyIds().length),
                        stream,
                        stream);
        assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isZero();
        var answer = new JsonMapper().readTree(out.toString(StandardCharsets.UTF_8));
        assertThat(answer.path("greedy").valueStream().mapToInt(id -> id.intValue()).toArray())
                .isEqualTo(golden.greedyIds());
    }
}
