package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.verify.Step.CandidateKind;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferenceTheoremFormatPropertyTest {
    private static final String[] PARTS = {
        "note:",
        "proof:",
        "counterexample:",
        "\n",
        " ",
        "\t",
        "intros n.",
        "n=0 m=1",
        "(* x *)",
        "<|eos|>",
        "é",
        "ℕ",
        "\uD83D\uDE00",
        "\uFFFD",
        ":",
        "PROOF:",
        "noteproof:"
    };

    private final TheoremFormat format = new ReferenceTheoremFormat();

    @Test
    void thePromptIsTheCardsOwn() {
        assertThat(format.prompt("forall A B : Prop, A /\\ B -> B /\\ A"))
                .isEqualTo("<|bos|><|theorem|>forall A B : Prop, A /\\ B -> B /\\ A<|answer|>");
    }

    @Test
    void readsTheAnswersOfTheModelsCard() {
        assertThat(format.read("proof:\nintros A B H1. (* H1: A *) split.\n- exact H3.", false))
                .isEqualTo(
                        new Answer(
                                CandidateKind.PROOF,
                                "intros A B H1. (* H1: A *) split.\n- exact H3.",
                                "",
                                ""));
        assertThat(
                        format.read(
                                "note: n=0 m=0: 0 = 0; n=0 m=1: 1 = 0; false\n"
                                        + "counterexample: n=0 m=1<|eos|>",
                                false))
                .isEqualTo(
                        new Answer(
                                CandidateKind.COUNTEREXAMPLE,
                                "n=0 m=1",
                                "n=0 m=0: 0 = 0; n=0 m=1: 1 = 0; false",
                                ""));
        assertThat(format.read("note: 1 + 2 = 3\nproof:\nintros n. lia.", false).text())
                .isEqualTo("intros n. lia.");
    }

    @Test
    void aNoteAloneIsNoCandidate() {
        Answer answer = format.read("note: hm", false);
        assertThat(answer.kind()).isEqualTo(CandidateKind.NEITHER);
        assertThat(answer.text()).isEqualTo("note: hm");
    }

    @Test
    void anEmptyClaimIsNoCandidate() {
        assertThat(format.read("proof:\n \n", false).kind()).isEqualTo(CandidateKind.NEITHER);
        assertThat(format.read("counterexample:", false).kind()).isEqualTo(CandidateKind.NEITHER);
        assertThat(format.read("", false).kind()).isEqualTo(CandidateKind.NEITHER);
    }

    @Test
    void whateverComesIsOneOfTheThreeAndNothingIsLostOrAdded() {
        var random = new Random(7);
        for (int run = 0; run < 20_000; run++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(10); i > 0; i--) {
                text.append(PARTS[random.nextInt(PARTS.length)]);
            }
            String output = text.toString();
            boolean cutOff = random.nextInt(5) == 0;

            Answer answer = format.read(output, cutOff);

            assertThat(output).contains(answer.text()).contains(answer.note());
            assertThat(answer.text()).isEqualTo(answer.text().strip()).doesNotContain("<|eos|>");
            assertThat(answer.problem().isEmpty())
                    .isEqualTo(answer.kind() != CandidateKind.NEITHER);
            if (cutOff) {
                assertThat(answer.kind()).isEqualTo(CandidateKind.NEITHER);
            }
            if (answer.kind() != CandidateKind.NEITHER) {
                assertThat(answer.text()).isNotEmpty();
                assertThat(output)
                        .contains(
                                answer.kind() == CandidateKind.PROOF
                                        ? "proof:"
                                        : "counterexample:");
            }
        }
    }
}
