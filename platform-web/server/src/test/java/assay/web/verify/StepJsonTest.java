package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.verify.Step.CandidateKind;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

class StepJsonTest {
    private static final Instant AT = Instant.parse("2026-03-01T10:00:00.123Z");

    static List<Step> steps() {
        return List.of(
                new Step.StatementChecked(AT, true, "", "Coq 8.16.1", 412),
                new Step.StatementChecked(AT, false, "Error: \"x\"\n", "Coq 8.16.1", 1),
                new Step.CandidateGenerated(
                        AT, 1, CandidateKind.PROOF, "intros.\nlia.", "1 = 1", 0f, 61, 1480),
                new Step.CandidateGenerated(AT, 2, CandidateKind.NEITHER, "", "", 0.8f, 1, 2),
                new Step.CandidateChecked(
                        AT, 2, true, "kernel", "", 0, 0, List.of("classic"), "Coq", 9),
                new Step.CandidateChecked(AT, 3, false, "lint", "no", 2, 7, List.of(), "", 0),
                new Step.Decided(AT, Verdict.REFUTED, null),
                new Step.Decided(AT, Verdict.UNDECIDED, "nothing was accepted"));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void whatIsWrittenIsReadAgain(Step step) {
        String text = StepJson.write(step).toString();
        assertThat(StepJson.read(JsonMapper.shared().readTree(text))).isEqualTo(step);
    }
}
