package assay.web.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeyTextTest {
    private final Random random = new Random(42);

    @Test
    void drawsKeysThatAreWellFormedAndAllDifferent() {
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            String key = ApiKeyText.draw(random);
            assertThat(key).matches("ask_[0-9A-Za-z]{46}");
            assertThat(ApiKeyText.wellFormed(key)).isTrue();
            drawn.add(key);
        }
        assertThat(drawn).hasSize(1_000);
    }

    @Test
    void noticesEverySingleWrongCharacter() {
        String key = ApiKeyText.draw(random);
        for (int i = 0; i < key.length(); i++) {
            char other = key.charAt(i) == 'x' ? 'y' : 'x';
            String wrong = key.substring(0, i) + other + key.substring(i + 1);
            assertThat(ApiKeyText.wellFormed(wrong)).as(wrong).isFalse();
        }
        assertThat(ApiKeyText.wellFormed(key + "0")).isFalse();
        assertThat(ApiKeyText.wellFormed("")).isFalse();
    }

    @Test
    void isRecognisedByTenCharacters() {
        assertThat(ApiKeyText.prefix(ApiKeyText.draw(random))).hasSize(10).startsWith("ask_");
    }
}
