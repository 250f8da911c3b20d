package assay.scheduler.sim.bench;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import org.junit.jupiter.api.Test;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

class DeepSeekV3Test {
    @Test
    void theFormulaGivesThePublishedNumberOfParameters() {
        assertThat(DeepSeekV3.parameters() / 1_000_000_000).isEqualTo(671);
    }

    /** A byte each, one more for embedding and output, and four for each square of 128. */
    @Test
    void theBytesAreThoseOfEightBitsWithScales() {
        long ends = 2L * DeepSeekV3.VOCABULARY * DeepSeekV3.HIDDEN;
        long least = DeepSeekV3.parameters() + ends;
        assertThat(DeepSeekV3.bytes())
                .isGreaterThan(Bytes.of(least))
                .isLessThan(Bytes.of(least + DeepSeekV3.parameters() / 1_000));
    }

    @Test
    void itFitsWhereItShouldAndIsRefusedWithTheShortfallElsewhere() {
        var bytes = new ByteArrayOutputStream();
        new PlanReport(new PrintStream(bytes, true, StandardCharsets.UTF_8)).print();
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains(
                        "8 x H200-141: 8 stages",
                        "16 x H100-80: 16 stages",
                        "8 x H100-80 + 8 x A100-80: 16 stages")
                .containsPattern("8 x H100-80: refused, [1-9][0-9,]* bytes short");
    }
}
