package assay.web.identity.account;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.identity.account.PasswordRule.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordRuleTest {
    private static final List<String> NAMES = List.of("grace.hopper", "Grace Hopper", "Navy");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "correct horse battery staple",
                "lower case only",
                "123456789012",
                "这是一个很长的中文口令没有问题",
                "grace.hopper likes tea",
                "assay is a fine word",
            })
    void takesWhatIsLongEnough(String password) {
        assertThat(PasswordRule.check(password, NAMES)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "elevenchars, TOO_SHORT",
        "aaaaaaaaaaaaaaaa, REPEATED",
        "ababababababab, REPEATED",
        "gracehopper1906, A_NAME",
        "Grace Hopper!!!!, A_NAME",
        "NavyNavyNavy1, A_NAME",
        "Assay-2026-11-23, A_NAME",
    })
    void refusesTheRest(String password, Problem problem) {
        assertThat(PasswordRule.check(password, NAMES)).hasValue(problem);
    }

    @Test
    void countsCharactersAndNotTheirCode() {
        String emoji = "😀😁😂😃😄😅😆😇😈😉😊";
        assertThat(PasswordRule.check(emoji, List.of())).hasValue(Problem.TOO_SHORT);
        assertThat(PasswordRule.check(emoji + "😋", List.of())).isEmpty();
        assertThat(PasswordRule.check("abcd".repeat(64), List.of())).isEmpty();
        assertThat(PasswordRule.check("abcd".repeat(64) + "e", List.of()))
                .hasValue(Problem.TOO_LONG);
    }

    @Test
    void comparesWhatLooksTheSameAsTheSame() {
        assertThat(PasswordRule.normal("cafe\u0301")).isEqualTo(PasswordRule.normal("caf\u00e9"));
    }
}
