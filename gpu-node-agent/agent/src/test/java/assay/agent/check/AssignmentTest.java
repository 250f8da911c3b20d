package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.Assignment.Parsed;
import assay.agent.check.Assignment.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentTest {
    @Test
    void readsNumbersTruthValuesListsAndModels() {
        Assignment point = point("n=0 m=-12 P=true Q=False l=[0;1] T={0, 1} R={(0,1),(1,1)} S={}");
        assertThat(point.values().sequencedKeySet())
                .containsExactly("n", "m", "P", "Q", "l", "T", "R", "S");
        assertThat(point.values().get("m")).isEqualTo(whole(-12));
        assertThat(point.values().get("Q")).isEqualTo(new Value.Truth(false));
        assertThat(point.values().get("l"))
                .isEqualTo(new Value.Sequence(List.of(whole(0), whole(1))));
        assertThat(point.values().get("R"))
                .isEqualTo(
                        new Value.Extension(
                                List.of(
                                        new Value.Tuple(List.of(whole(0), whole(1))),
                                        new Value.Tuple(List.of(whole(1), whole(1))))));
        assertThat(point.values().get("S")).isEqualTo(new Value.Extension(List.of()));
    }

    @Test
    void toleratesCommasBlanksAndBracketsAroundNumbers() {
        assertThat(point(" n = 0 ,m=(-1) ").values()).containsEntry("m", whole(-1)).hasSize(2);
        assertThat(point("").values()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n",
                "n=",
                "=1",
                "1=2",
                "n=1 n=2",
                "n=x",
                "n=1.5",
                "l=[0;1",
                "T={0,1",
                "R={(0,1}",
                "n=1; exact I.",
                "n=0) Qed. Axiom x : False. (",
                "n=99999999999999",
                "l=[[[[[[[[[[[[0]]]]]]]]]]]]",
                "n=--1",
                "P=\"true\""
            })
    void refusesAnythingElse(String text) {
        assertThat(Assignment.parse(text)).isInstanceOf(Parsed.Malformed.class);
    }

    @Test
    void readsBackWhatItWasGiven() {
        var random = new Random(3);
        for (int round = 0; round < 1_000; round++) {
            var parts = new ArrayList<String>();
            var numbers = new ArrayList<BigInteger>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                int number = random.nextInt(-1_000, 1_000);
                numbers.add(BigInteger.valueOf(number));
                parts.add("x" + i + "=" + number);
            }
            Assignment point = point(String.join(random.nextBoolean() ? " " : ", ", parts));
            assertThat(point.values().values())
                    .containsExactlyElementsOf(
                            numbers.stream().<Value>map(Value.Whole::new).toList());
        }
    }

    @Test
    void endsOnRandomText() {
        var random = new Random(7);
        String alphabet = "n=01,;()[]{} -t";
        for (int round = 0; round < 5_000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertThat(Assignment.parse(text.toString())).isNotNull();
        }
    }

    private static Assignment point(String text) {
        return switch (Assignment.parse(text)) {
            case Parsed.Point(Assignment assignment) -> assignment;
            case Parsed.Malformed malformed -> throw new AssertionError(text + ": " + malformed);
        };
    }

    private static Value whole(long number) {
        return new Value.Whole(BigInteger.valueOf(number));
    }
}
