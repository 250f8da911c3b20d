package assay.web.identity.federation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenValidator;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.converter.ClaimTypeConverter;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * Spring Security's code flow, with every call to a provider going through {@link ProviderHttp}.
 * Thread-safe.
 */
final class OidcProtocol {
    private static final int REMEMBERED = 1_000;

    private final ProviderHttp http;
    private final StoredRegistrations registrations;
    private final AuthenticationManager outside;
    private final AuthenticationManager inside;

    OidcProtocol(ProviderHttp http, StoredRegistrations registrations) {
        this.http = http;
        this.registrations = registrations;
        this.outside = new ProviderManager(provider(false));
        this.inside = new ProviderManager(provider(true));
    }

    /** Exchanges the code and checks the ID token: signature, issuer, audience, time and nonce. */
    AuthenticationManager manager() {
        return attempt -> {
            boolean inner =
                    registrations
                            .provider(id(attempt))
                            .orElseThrow(() ->
                                    new OAuth2AuthenticationException(
                                            new OAuth2Error("client_registration_not_found")))
                            .spec()
                            .innerNetwork();
            return (inner ? inside : outside).authenticate(attempt);
        };
    }

    private static UUID id(Authentication attempt) {
        var token = (OAuth2LoginAuthenticationToken) attempt;
        return UUID.fromString(token.getClientRegistration().getRegistrationId());
    }

    private AuthenticationProvider provider(boolean inner) {
        var tokens = new RestClientAuthorizationCodeTokenResponseClient();
        tokens.setRestClient(
                RestClient.builder()
                        .requestFactory(http.factory())
                        .requestInterceptor(http.guard(inner))
                        .configureMessageConverters(converters ->
                                converters
                                        .disableDefaults()
                                        .addCustomConverter(new FormHttpMessageConverter())
                                        .addCustomConverter(
                                                new OAuth2AccessTokenResponseHttpMessageConverter()))
                        .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                        .build());
        var rest = new RestTemplate(http.factory());
        rest.getInterceptors().add(http.guard(inner));
        var userInfo = new RestTemplate(http.factory());
        userInfo.getInterceptors().add(http.guard(inner));
        userInfo.setErrorHandler(new OAuth2ErrorResponseErrorHandler());
        var simpleUsers = new DefaultOAuth2UserService();
        simpleUsers.setRestOperations(userInfo);
        var users = new OidcUserService();
        users.setOauth2UserService(simpleUsers);
        var provider = new OidcAuthorizationCodeAuthenticationProvider(tokens, users);
        var decoders = new Decoders(rest);
        provider.setJwtDecoderFactory(decoders::of);
        return provider;
    }

    /** One for each registration, with the keys that it has fetched. */
    private static final class Decoders {
        private final RestTemplate rest;
        private final Map<ClientRegistration, JwtDecoder> known =
                new LinkedHashMap<>(16, 0.75f, true) { // guarded by this
                    @Override
                    protected boolean removeEldestEntry(
                            Map.Entry<ClientRegistration, JwtDecoder> eldest) {
                        return size() > REMEMBERED;
                    }
                };

        Decoders(RestTemplate rest) {
            this.rest = rest;
        }

        synchronized JwtDecoder of(ClientRegistration registration) {
            return known.computeIfAbsent(registration, this::make);
        }

        private JwtDecoder make(ClientRegistration registration) {
            var decoder =
                    NimbusJwtDecoder.withJwkSetUri(
                                    String.valueOf(
                                            registration.getProviderDetails().getJwkSetUri()))
                            .jwsAlgorithms(algorithms -> {
                                // Never HS256: its key would be the client secret.
                                algorithms.add(SignatureAlgorithm.RS256);
                                algorithms.add(SignatureAlgorithm.PS256);
                                algorithms.add(SignatureAlgorithm.ES256);
                                algorithms.add(SignatureAlgorithm.ES384);
                                algorithms.add(SignatureAlgorithm.RS512);
                            })
                            .restOperations(rest)
                            .build();
            decoder.setClaimSetConverter(
                    new ClaimTypeConverter(
                            OidcIdTokenDecoderFactory.createDefaultClaimTypeConverters()));
            decoder.setJwtValidator(
                    new DelegatingOAuth2TokenValidator<>(
                            new JwtTimestampValidator(), new OidcIdTokenValidator(registration)));
            return decoder;
        }
    }
}
