package assay.web.identity.federation;

import assay.web.WebException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;

/** Asks providers what they are. Source: OpenID Connect Discovery 1.0, section 4. Thread-safe. */
@Component
class Discovery {
    private static final String WELL_KNOWN = "/.well-known/openid-configuration";
    private static final int REASON_CHARS = 200;
    private static final ParameterizedTypeReference<Map<String, Object>> OBJECT =
            new ParameterizedTypeReference<>() {};

    private final ProviderHttp http;

    Discovery(ProviderHttp http) {
        this.http = http;
    }

    /**
     * The configuration, whose issuer is the one asked.
     *
     * @throws WebException INVALID_REQUEST for {@code issuer}, with what is wrong
     */
    Map<String, Object> configuration(String issuer, boolean inner) {
        URI base = IssuerAddress.parse(issuer);
        IssuerAddress.check(base, inner);
        String address = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        Map<String, Object> answer;
        try {
            answer =
                    RestClient.builder()
                            .requestFactory(http.factory())
                            .requestInterceptor(http.guard(inner))
                            .build()
                            .get()
                            .uri(URI.create(address + WELL_KNOWN))
                            .retrieve()
                            .body(OBJECT);
        } catch (RestClientException e) {
            throw WebException.invalid(
                    "issuer", "gives no configuration at " + WELL_KNOWN + ": " + reason(e));
        }
        if (answer == null || !issuer.equals(answer.get("issuer"))) {
            throw WebException.invalid(
                    "issuer",
                    "calls itself "
                            + (answer == null ? "nothing" : answer.get("issuer"))
                            + " (expected: the same text)");
        }
        for (String each : List.of("authorization_endpoint", "token_endpoint", "jwks_uri")) {
            if (!(answer.get(each) instanceof String endpoint)) {
                throw WebException.invalid("issuer", "its configuration has no " + each);
            }
            IssuerAddress.check(IssuerAddress.parseEndpoint(endpoint), inner);
        }
        return answer;
    }

    /** The first line says what happened. */
    private static String reason(RestClientException e) {
        if (e instanceof RestClientResponseException answer) {
            return "status " + answer.getStatusCode().value();
        }
        String text = String.valueOf(e.getMostSpecificCause().getMessage());
        String line = text.lines().findFirst().orElse("");
        return line.substring(0, Math.min(REASON_CHARS, line.length()));
    }

    static Discovered shown(Map<String, Object> configuration) {
        return new Discovered(
                text(configuration, "issuer"),
                text(configuration, "authorization_endpoint"),
                text(configuration, "token_endpoint"),
                text(configuration, "jwks_uri"),
                configuration.get("scopes_supported") instanceof List<?> scopes
                        ? scopes.stream().map(String::valueOf).toList()
                        : List.of());
    }

    private static String text(Map<String, Object> configuration, String name) {
        return String.valueOf(configuration.get(name));
    }
}
