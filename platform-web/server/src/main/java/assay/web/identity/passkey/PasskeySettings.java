package assay.web.identity.passkey;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * For which site passkeys are good, from {@code assay.web.passkeys.*}. Both can not be changed
 * later without people registering anew.
 *
 * @param domain of the console's address, or one above it; never an IP address
 * @param origins from where they are taken, as {@code https://assay.example.org}; null for {@code
 *     localhost} at this gateway's own ports
 */
@ConfigurationProperties("assay.web.passkeys")
record PasskeySettings(@DefaultValue("localhost") String domain, @Nullable Set<String> origins) {
    PasskeySettings {
        origins = origins == null ? null : Set.copyOf(origins);
        if (!domain.equals("localhost") && (origins == null || origins.isEmpty())) {
            throw new IllegalArgumentException(
                    "assay.web.passkeys.origins: missing (expected: the console's address, as"
                            + " https://"
                            + domain
                            + ")");
        }
    }
}
