package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CoqMessageTest {
    @Test
    void findsTheErrorBehindWarnings() {
        String err =
                """
                File "./Sol.v", line 2, characters 0-5:
                Warning: something [x,y]
                File "./Sol.v", line 7, characters 4-9:
                Error:
                In environment
                n : nat
                Unable to unify "1" with "n".
                """;
        CoqMessage message = CoqMessage.read(err);
        assertThat(message.line()).isEqualTo(7);
        assertThat(message.column()).isEqualTo(5);
        assertThat(message.text()).startsWith("In environment").endsWith("with \"n\".");
    }

    @Test
    void bearsAnything() {
        assertThat(CoqMessage.read("").text()).isEmpty();
        assertThat(CoqMessage.read("Fatal error: exception Out_of_memory").bound())
                .contains("memory");
        assertThat(CoqMessage.read("x".repeat(10_000)).text()).hasSizeLessThan(2_100);
    }
}
