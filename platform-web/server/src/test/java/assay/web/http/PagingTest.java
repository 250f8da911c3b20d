package assay.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.WebException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagingTest {
    @Test
    void aHundredComeWhereNothingIsSaidAndFiveHundredAtMost() {
        assertThat(Paging.limit((String) null)).isEqualTo(100);
        assertThat(Paging.limit((Integer) null)).isEqualTo(100);
        assertThat(Paging.limit("1")).isEqualTo(1);
        assertThat(Paging.limit("500")).isEqualTo(500);
        assertThatThrownBy(() -> Paging.limit(0))
                .isInstanceOf(WebException.class)
                .hasMessageContaining("0 (expected: 1..500)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "501", "-1", "9999999999", "ten", "1 "})
    void noOtherNumberOfThemIsTaken(String text) {
        assertThatThrownBy(() -> Paging.limit(text))
                .isInstanceOf(WebException.class)
                .hasMessageContaining("expected: 1..500");
    }

    @Test
    void aCursorIsReadOrRefused() {
        assertThat(cursor(null)).isNull();
        assertThat(cursor(" ")).isNull();
        assertThat(cursor("7")).isEqualTo(7);
        assertThatThrownBy(() -> cursor("seven"))
                .isInstanceOf(WebException.class)
                .hasMessageContaining("expected: one that was answered");
    }

    private static @Nullable Integer cursor(@Nullable String text) {
        return Paging.cursor(text, Integer::valueOf);
    }
}
