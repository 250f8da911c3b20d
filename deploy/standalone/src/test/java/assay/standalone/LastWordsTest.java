package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LastWordsTest {
    @Test
    void theLastComplaintCountsMoreThanWhatFollows() {
        assertThat(LastWords.of(List.of("one", "ERROR no disk", "\tat a.B.c(B.java:1)", "bye")))
                .isEqualTo("ERROR no disk");
    }

    @Test
    void theFrameworksDescriptionIsTheReason() {
        assertThat(
                        LastWords.of(
                                List.of(
                                        "12:00 ERROR LoggingFailureAnalysisReporter :",
                                        "***",
                                        "APPLICATION FAILED TO START",
                                        "***",
                                        "",
                                        "Description:",
                                        "",
                                        "Port 1 is taken.",
                                        "Action:",
                                        "ERROR take another")))
                .isEqualTo("Port 1 is taken.");
    }

    @Test
    void withoutAComplaintTheLastLineMustDo() {
        assertThat(LastWords.of(List.of("one", "two", ""))).isEqualTo("two");
        assertThat(LastWords.of(List.of())).isEqualTo("it left no message");
    }
}
