package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.ErrorCode;
import assay.web.WebException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementsTest {
    @Test
    void whiteSpaceIsCollapsedAndTheFullStopGoes() {
        assertThat(Statements.normalise("\tforall n : nat,\r\n   n = n .\n"))
                .isEqualTo("forall n : nat, n = n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " . ",
                "True<|eos|>",
                "<|bos|>True",
                "<|answer|>proof:",
                "<|reserved_17|>",
                "<||>",
                "a\0b",
                "a\u001bb",
                "a\uD800b"
            })
    void whatNoStatementHoldsIsRefused(String statement) {
        refuses(() -> Statements.normalise(statement), "statement");
    }

    @Test
    void notationWithBarsAndAnglesIsNoSpecialToken() {
        String statement = "forall a b : nat, a <> b \\/ a = b || True -> a < b |- b > a";
        assertThat(Statements.normalise(statement)).isEqualTo(statement);
    }

    @Test
    void theBoundIsOnWhatIsSent() {
        assertThat(Statements.normalise("x".repeat(4_000))).hasSize(4_000);
        refuses(() -> Statements.normalise("x".repeat(4_001)), "statement");
        refuses(() -> Statements.preamble("x".repeat(20_001)), "preamble");
    }

    @Test
    void aPreambleKeepsItsLines() {
        assertThat(Statements.preamble("Definition a := 1.\n\tDefinition b := 2.\n"))
                .isEqualTo("Definition a := 1.\n\tDefinition b := 2.");
    }

    @Test
    void whatTheDatabaseCanNotHoldIsReplaced() {
        assertThat(Statements.storable("a\0b\uD800c\n\uD83D\uDE00"))
                .isEqualTo("a\uFFFDb\uFFFDc\n\uD83D\uDE00");
    }

    private static void refuses(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String field) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                            assertThat(e.fields()).containsOnlyKeys(field);
                        });
    }
}
