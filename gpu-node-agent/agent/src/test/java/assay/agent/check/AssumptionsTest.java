package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.Assumptions.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssumptionsTest {
    private static final String SUMMARY =
            """

            CONTEXT SUMMARY
            ===============

            * Theory: Set is predicative
             \s
            * Axioms:
                Coq.Logic.Classical_Prop.classic
             \s
            * Constants/Inductives relying on type-in-type: <none>
             \s
            * Constants/Inductives relying on unsafe (co)fixpoints: <none>
             \s
            * Inductives whose positivity is assumed: <none>
            """;

    @Test
    void readsAClosedProofAndExcludedMiddle() {
        assertThat(Assumptions.ofPrint("Closed under the global context\n"))
                .isEqualTo(new Reading.Rests(List.of()));
        assertThat(Assumptions.ofPrint("Axioms:\nclassic : forall P : Prop, P \\/ ~ P\n"))
                .isEqualTo(new Reading.Rests(List.of("Classical_Prop.classic")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Closed under the global context\nx",
                "x\nClosed under the global context",
                "Axioms:\nV.Sol.solution : 1 = 2",
                "Axioms:\nclassic : False",
                "Axioms:\nclassic : forall P : Prop, P \\/ ~ P\nV.Sol.a : False",
                "Axioms:\nfunctional_extensionality_dep : forall A B f g, f = g",
                "Axioms:\nf is assumed to be guarded.",
            })
    void refusesEveryOtherOutput(String output) {
        assertThat(Assumptions.ofPrint(output)).isInstanceOf(Reading.Refused.class);
    }

    @Test
    void takesTheKernelsSummaryOnlyWithoutAxiomsOfOurs() {
        assertThat(Assumptions.ofKernel(SUMMARY)).isInstanceOf(Reading.Rests.class);
        assertThat(Assumptions.ofKernel(SUMMARY.replace("Coq.Logic.Classical_Prop", "V.Sol")))
                .isInstanceOf(Reading.Refused.class);
        assertThat(
                        Assumptions.ofKernel(
                                SUMMARY.replace(
                                        "positivity is assumed: <none>",
                                        "positivity is assumed:\n  V.Sol.t")))
                .isInstanceOf(Reading.Refused.class);
        assertThat(
                        Assumptions.ofKernel(
                                SUMMARY.replace(
                                        "type-in-type: <none>", "type-in-type:\n    Coq.x")))
                .isInstanceOf(Reading.Refused.class);
        assertThat(Assumptions.ofKernel("")).isInstanceOf(Reading.Refused.class);
    }
}
