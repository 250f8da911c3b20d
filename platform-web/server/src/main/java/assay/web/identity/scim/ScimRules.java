package assay.web.identity.scim;

import assay.web.limits.FailureLimits;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/** Who may reach SCIM: who comes with a token, which the filter asks for before anything else. */
@Configuration(proxyBeanMethods = false)
class ScimRules {
    @Bean
    @Order(0)
    SecurityFilterChain directories(HttpSecurity http, ScimTokens tokens, FailureLimits failures) {
        return http.securityMatcher("/scim/**")
                .authorizeHttpRequests(rules -> rules.anyRequest().permitAll())
                .addFilterBefore(new ScimBearerFilter(tokens, failures), AuthorizationFilter.class)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable) // no cookie is looked at
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .headers(headers ->
                        headers.contentSecurityPolicy(policy ->
                                        policy.policyDirectives(
                                                "default-src 'none'; frame-ancestors 'none'"))
                                .httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable))
                .build();
    }

    /** Paths below that nobody serves would otherwise reach the console. */
    @Bean
    SimpleUrlHandlerMapping unknownScimPaths() {
        HttpRequestHandler unknown =
                (request, response) -> {
                    response.setStatus(404);
                    response.setContentType(ScimController.CONTENT_TYPE);
                    response.getWriter()
                            .write(
                                    ScimController.errorJson(404, null, "there is no such path")
                                            .toString());
                };
        return new SimpleUrlHandlerMapping(java.util.Map.of("/scim/**", unknown), 1);
    }
}
