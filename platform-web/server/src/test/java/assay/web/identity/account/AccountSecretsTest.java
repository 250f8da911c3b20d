package assay.web.identity.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AccountSecretsTest {
    private final AccountSecrets secrets = new AccountSecrets(bytes(1));
    private final UUID owner = UUID.randomUUID();

    private static byte[] bytes(int fill) {
        byte[] bytes = new byte[32];
        java.util.Arrays.fill(bytes, (byte) fill);
        return bytes;
    }

    @Test
    void opensWhatItSealedForTheSameOwnerAlone() {
        byte[] sealed = secrets.seal(owner, bytes(7));
        assertThat(secrets.open(owner, sealed)).isEqualTo(bytes(7));
        assertThat(secrets.seal(owner, bytes(7))).as("another nonce").isNotEqualTo(sealed);
        assertThatThrownBy(() -> secrets.open(UUID.randomUUID(), sealed))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new AccountSecrets(bytes(2)).open(owner, sealed))
                .isInstanceOf(IllegalStateException.class);
        sealed[sealed.length - 1] ^= 1;
        assertThatThrownBy(() -> secrets.open(owner, sealed))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void hashesForOnePurposeAreNoneForAnother() {
        assertThat(secrets.hash("a", "x")).isEqualTo(secrets.hash("a", "x")).hasSize(32);
        assertThat(secrets.hash("a", "x")).isNotEqualTo(secrets.hash("b", "x"));
        assertThat(secrets.hash("a", "bx")).isNotEqualTo(secrets.hash("ab", "x"));
    }

    @Test
    void recoveryCodesAreManyAndForgiveHowTheyAreTyped() {
        Set<String> drawn = new HashSet<>();
        var random = new Random(42);
        for (int i = 0; i < 100; i++) {
            for (String code : RecoveryCodes.draw(random)) {
                assertThat(code).matches("([A-HJKMNP-TV-Z0-9]{4}-){3}[A-HJKMNP-TV-Z0-9]{4}");
                String typed = code.toLowerCase(java.util.Locale.ROOT).replace('-', ' ');
                assertThat(RecoveryCodes.bare(typed)).isEqualTo(code.replace("-", ""));
                assertThat(RecoveryCodes.wellFormed(RecoveryCodes.bare(typed))).isTrue();
                drawn.add(code);
            }
        }
        assertThat(drawn).hasSize(1_000);
        assertThat(RecoveryCodes.wellFormed("123456")).isFalse();
    }
}
