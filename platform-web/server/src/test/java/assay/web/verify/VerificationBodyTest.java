package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class VerificationBodyTest {
    private static final Caller CALLER =
            new Caller(new UUID(0, 1), Caller.Kind.API_KEY, "k", "k", "key", Set.of(), null, null);

    @Test
    void takesTheWholeRequest() {
        assertThat(
                        read(
                                """
                                {"scenario": "theorem", "system": "coq", "statement": "True",
                                 "preamble": "Definition a := 1.", "samples": 3, "model": "m"}
                                """))
                .isEqualTo(
                        new TheoremCommand(
                                CALLER, "r", "coq", "True", "Definition a := 1.", 3, "m"));
    }

    @Test
    void usualValuesStandForWhatIsLeftOut() {
        assertThat(
                        read(
                                """
                                {"scenario": "theorem", "system": "coq", "statement": "True",
                                 "model": null}
                                """))
                .isEqualTo(new TheoremCommand(CALLER, "r", "coq", "True", "", 8, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "{}! scenario! missing",
                "{\"scenario\": 3}! scenario! number (expected: string)",
                "{\"scenario\": \"code\"}! scenario! not available yet in this release",
                "{\"scenario\": \"consistency\"}! scenario! not available yet in this release",
                "{\"scenario\": \"poem\"}! scenario! unknown",
                "{\"scenario\": \"theorem\"}! system! missing",
                "{\"scenario\": \"theorem\", \"system\": \"lean\"}! system! not installed",
                "{\"scenario\": \"theorem\", \"system\": \"isabelle\"}! system! unknown",
                "{\"scenario\": \"theorem\", \"system\": \"coq\"}! statement! missing",
                "{\"scenario\": \"theorem\", \"statement\": [1]}! statement! array",
                "{\"scenario\": \"theorem\", \"samples\": 0}! samples! 0 (expected: 1..32)",
                "{\"scenario\": \"theorem\", \"samples\": 33}! samples! 33 (expected: 1..32)",
                "{\"scenario\": \"theorem\", \"samples\": 1.5}! samples! whole number",
                "{\"scenario\": \"theorem\", \"samples\": \"8\"}! samples! whole number",
                "{\"scenario\": \"theorem\", \"samples\": 99999999999}! samples! whole number",
                "{\"scenario\": \"theorem\", \"model\": \"\"}! model! 0 characters",
                "{\"scenario\": \"theorem\", \"preamble\": true}! preamble! boolean",
                "{\"scenario\": \"theorem\", \"sample\": 8}! sample! unknown field"
            })
    void namesTheFieldThatIsWrong(String body, String field, String message) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                            assertThat(e.fields().get(field)).contains(message);
                        });
    }

    private static TheoremCommand read(String body) {
        return VerificationBody.read(JsonMapper.shared().readTree(body), CALLER, "r");
    }
}
