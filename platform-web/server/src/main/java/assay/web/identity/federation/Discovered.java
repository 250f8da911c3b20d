package assay.web.identity.federation;

import java.util.List;

/**
 * What a provider says of itself. Immutable.
 *
 * @param authorizationEndpoint where people are sent
 */
public record Discovered(
        String issuer,
        String authorizationEndpoint,
        String tokenEndpoint,
        String jwksUri,
        List<String> scopes) {
    public Discovered {
        scopes = List.copyOf(scopes);
    }
}
