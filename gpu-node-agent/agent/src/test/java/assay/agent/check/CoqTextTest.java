package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.CoqText.Sentence;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CoqTextTest {
    @Test
    void blanksOutNestedCommentsAndKeepsOffsets() {
        String text = "intros. (* a (* b. *) c.\n *) lia.";
        CoqText scanned = CoqText.scan(text);
        assertThat(scanned.stripped()).hasSameSizeAs(text).startsWith("intros. ").endsWith(" lia.");
        assertThat(scanned.stripped().indexOf('\n')).isEqualTo(text.indexOf('\n'));
        assertThat(scanned.sentences()).extracting(Sentence::text).containsExactly("intros", "lia");
        assertThat(scanned.trouble()).isEmpty();
    }

    @Test
    void endsASentenceOnlyAtAFullStopBeforeABlank() {
        assertThat(CoqText.scan("apply Nat.add_comm. exists 0.\tlia").sentences())
                .extracting(Sentence::text, Sentence::ended)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("apply Nat.add_comm", true),
                        org.assertj.core.groups.Tuple.tuple("exists 0", true),
                        org.assertj.core.groups.Tuple.tuple("lia", false));
    }

    @Test
    void failsClosedOnWhatCoqMayReadInAnotherWay() {
        assertThat(CoqText.scan("(* \" *) Admitted. (* \" *)").trouble()).isPresent();
        assertThat(CoqText.scan("intros. (* open").trouble()).isPresent();
        assertThat(CoqText.scan("exact I.\u00a0Qed.").trouble()).isPresent();
        assertThat(CoqText.scan("exact\u200b I.").trouble()).isPresent();
        assertThat(CoqText.scan("exact I.\f").trouble()).isPresent();
        assertThat(CoqText.scan("exact I.\u0000").trouble()).isPresent();
        assertThat(CoqText.scan("forall α : nat, α = α").trouble()).isEmpty();
    }

    @Test
    void namesLineAndColumnOfAnOffset() {
        assertThat(CoqText.lineOf("ab\ncd", 4)).isEqualTo(2);
        assertThat(CoqText.columnOf("ab\ncd", 4)).isEqualTo(2);
        assertThat(CoqText.columnOf("ab", 0)).isEqualTo(1);
    }

    @Test
    void takesLinearTimeOnHostileText() {
        String opens = "(*".repeat(100_000);
        assertThat(CoqText.scan(opens).trouble()).isPresent();
        assertThat(CoqText.scan(". ".repeat(100_000)).sentences()).hasSize(100_000);
    }

    @Test
    void neverLosesACharacterOfRandomText() {
        var random = new Random(11);
        String alphabet = "(*) .ab\n\"{}";
        for (int round = 0; round < 2_000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            CoqText scanned = CoqText.scan(text.toString());
            assertThat(scanned.stripped()).as(text.toString()).hasSameSizeAs(text);
            for (Sentence sentence : scanned.sentences()) {
                assertThat(scanned.stripped().substring(sentence.offset()))
                        .startsWith(sentence.text());
            }
        }
    }
}
