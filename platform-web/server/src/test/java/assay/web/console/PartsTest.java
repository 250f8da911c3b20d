package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.part.CodeBlock;
import assay.web.console.part.Figures;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartsTest {
    private final Figures english = new Figures(Locale.ENGLISH);

    @Test
    void bytesAreTakenToTheUnitThatReadsBest() {
        assertThat(english.bytes(0)).isEqualTo("0\u00a0B");
        assertThat(english.bytes(1023)).isEqualTo("1,023\u00a0B");
        assertThat(english.bytes(1536)).isEqualTo("1.5\u00a0KiB");
        assertThat(english.bytes(6L << 30)).isEqualTo("6\u00a0GiB");
        assertThat(english.bytes(5L << 50)).isEqualTo("5,120\u00a0TiB");
    }

    @Test
    void timesAreTakenToTheUnitThatReadsBest() {
        assertThat(english.millis(999)).isEqualTo("999\u00a0ms");
        assertThat(english.millis(1240)).isEqualTo("1.2\u00a0s");
    }

    @Test
    void aShareOutsideOfItsBoundsIsDrawnIn() {
        assertThat(english.percent(1.3)).isEqualTo("100%");
        assertThat(english.percent(-0.1)).isEqualTo("0%");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exact H.",
                "(* a (* nested *) one *) split.",
                "(* over\ntwo lines *) lia.",
                "(* never closed",
                "forall x' : nat, 3 * x' <= 12\n- *) odd",
                "第一行\n\n<b>not markup</b> & \"quotes\""
            })
    void colouringChangesNoCharacter(String text) {
        var block = new CodeBlock("title", text, 0);

        assertThat(block.getElement().getTextRecursively()).contains(text);
    }
}
