package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script itself, where that starts and builds nothing. */
class ScriptTest {
    private static final String SCRIPT = Path.of("../../assay").toAbsolutePath().toString();

    @Test
    void helpNamesEveryCommand() throws Exception {
        Tools.Outcome outcome = assay("help");
        assertThat(outcome.exitStatus()).isZero();
        assertThat(outcome.output())
                .contains("up ", "down ", "test ", "bench ", "doctor ", "help ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fly            | assay: fly: unknown command",
                "up --prot 1    | assay: --prot: unknown option of up",
                "up --data      | assay: --data: needs a value",
                "bench nothing  | assay: nothing: unknown benchmark",
                "doctor --heal  | assay: --heal: unknown option of doctor",
            })
    void aWrongCommandLineEndsWithTwoAndOneLine(String line, String message) throws Exception {
        Tools.Outcome outcome = assay(line.split(" "));
        assertThat(outcome.exitStatus()).isEqualTo(2);
        assertThat(outcome.output().lines()).hasSize(1).first().asString().startsWith(message);
    }

    @Test
    void doctorLooksAtEverything() throws Exception {
        assertThat(assay("doctor").output())
                .contains("JDK", "memory", "disk", "port 8080", "PostgreSQL", "sandbox", "Coq")
                .contains("Lean", "GPU");
    }

    private static Tools.Outcome assay(String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", SCRIPT));
        command.addAll(List.of(arguments));
        return Tools.run(command);
    }
}
