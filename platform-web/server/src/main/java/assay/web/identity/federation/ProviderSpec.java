package assay.web.identity.federation;

import assay.web.WebException;
import assay.web.identity.RoleMapping;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator says of a provider. Immutable.
 *
 * @param name on the sign-in page's button
 * @param issuer its address; what it is discovered by
 * @param clientSecret null keeps the one there is; empty for a public client
 * @param scopes asked for; {@code openid} is among them
 * @param groupsClaim where the groups stand; a dot leads into an inner object
 * @param innerNetwork whether its addresses may be loopback or private
 */
public record ProviderSpec(
        String name,
        String issuer,
        String clientId,
        @Nullable String clientSecret,
        List<String> scopes,
        String groupsClaim,
        RoleMapping mapping,
        boolean innerNetwork,
        boolean enabled) {
    private static final int NAME_CHARS = 100;
    private static final int ID_CHARS = 300;
    private static final int SECRET_CHARS = 1_000;
    private static final int MOST_SCOPES = 20;

    /**
     * @throws WebException INVALID_REQUEST
     */
    public ProviderSpec {
        name = name.strip();
        issuer = issuer.strip();
        clientId = clientId.strip();
        groupsClaim = groupsClaim.strip();
        checkLength("name", name, NAME_CHARS);
        checkLength("client_id", clientId, ID_CHARS);
        checkLength("groups_claim", groupsClaim, NAME_CHARS);
        if (clientSecret != null && clientSecret.length() > SECRET_CHARS) {
            throw WebException.invalid("client_secret", "too long");
        }
        IssuerAddress.parse(issuer);
        scopes = List.copyOf(scopes.isEmpty() ? List.of("openid", "profile", "email") : scopes);
        if (!scopes.contains("openid")) {
            throw WebException.invalid("scopes", "expected: openid among them");
        }
        Optional<String> wrong =
                scopes.stream()
                        .filter(each -> !each.matches("[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}"))
                        .findFirst();
        if (wrong.isPresent() || scopes.size() > MOST_SCOPES) {
            throw WebException.invalid("scopes", "expected: at most 20 words");
        }
    }

    private static void checkLength(String field, String value, int most) {
        if (value.isEmpty() || value.length() > most) {
            throw WebException.invalid(
                    field, value.length() + " characters (expected: 1.." + most + ")");
        }
    }
}
