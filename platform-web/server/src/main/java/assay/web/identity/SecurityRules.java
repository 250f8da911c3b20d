package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.Problems;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.util.ClassUtils;

/**
 * Who may reach which path. What no rule names is closed. Rights within a path are asked for where
 * the work is done, so that gRPC and the console are bound by the same.
 */
@Configuration(proxyBeanMethods = false)
class SecurityRules {
    /** Known by name only: no capability may import the console. */
    private static final String SIGN_IN_VIEW = "assay.web.console.signin.SignInView";

    private static final String SIGN_IN_PATH = "/sign-in";

    /** What push, the charts and Vaadin's own start script need, and no more. */
    private static final String CONTENT_POLICY =
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
                    + " style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none';"
                    + " base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /** An answer of the programming interface is never a page. */
    private static final String NO_CONTENT = "default-src 'none'; frame-ancestors 'none'";

    /** REST: a key with each request, no session. */
    @Bean
    @Order(1)
    SecurityFilterChain programs(
            HttpSecurity http,
            BearerKeys keys,
            CurrentCaller callers,
            Denials denials,
            SecurityContextHolderStrategy contexts) {
        return http.securityMatcher("/api/**", "/v1/**", "/v2/**")
                .authorizeHttpRequests(rules ->
                        rules.requestMatchers(SecurityRules::open)
                                .permitAll()
                                .anyRequest()
                                .authenticated())
                .addFilterBefore(new BearerFilter(keys, contexts), AuthorizationFilter.class)
                .addFilterAfter(new AccessFilter(callers, denials), AuthorizationFilter.class)
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable) // no cookie is looked at
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .headers(headers -> secure(headers, NO_CONTENT))
                .exceptionHandling(refused ->
                        refused.authenticationEntryPoint((request, response, _) ->
                                        Problems.write(
                                                request,
                                                response,
                                                new WebException(
                                                        ErrorCode.KEY_INVALID,
                                                        "no API key (expected: Authorization:"
                                                                + " Bearer ask_…)")))
                                .accessDeniedHandler((request, response, _) ->
                                        Problems.write(
                                                request,
                                                response,
                                                new WebException(
                                                        ErrorCode.PERMISSION_DENIED,
                                                        "this path is not open to the key"))))
                .build();
    }

    private static boolean open(HttpServletRequest request) {
        return Access.endpoint(request.getMethod(), request.getRequestURI())
                .filter(endpoint -> endpoint.need() == Access.Need.OPEN)
                .isPresent();
    }

    /** Health and metrics: they have a port of their own, on loopback. */
    @Bean
    @Order(2)
    SecurityFilterChain management(HttpSecurity http) {
        return http.securityMatcher(EndpointRequest.toAnyEndpoint())
                .authorizeHttpRequests(rules -> rules.anyRequest().permitAll())
                .sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable)
                .headers(headers -> secure(headers, NO_CONTENT))
                .build();
    }

    /** The console: a session, its views' own annotations, forms protected against forgery. */
    @Bean
    @Order(3)
    SecurityFilterChain people(HttpSecurity http, List<SignInWay> ways) {
        http.authorizeHttpRequests(rules ->
                        rules.requestMatchers(
                                        "/error",
                                        "/styles/**",
                                        "/components/**",
                                        "/vendor/**",
                                        "/icons/**",
                                        "/report/**", // the service asks whose it is
                                        "/webauthn/register", // so does the ceremony
                                        "/images/**",
                                        "/favicon.ico",
                                        "/favicon.svg")
                                .permitAll())
                .headers(headers -> secure(headers, CONTENT_POLICY))
                .with(VaadinSecurityConfigurer.vaadin(), SecurityRules::signInBy);
        // After the console's own rules, which name the page of the form that the ways add to.
        ways.forEach(way -> way.add(http));
        return http.build();
    }

    private static void signInBy(VaadinSecurityConfigurer vaadin) {
        var loader = SecurityRules.class.getClassLoader();
        if (ClassUtils.isPresent(SIGN_IN_VIEW, loader)) {
            vaadin.loginView(
                    ClassUtils.resolveClassName(SIGN_IN_VIEW, loader).asSubclass(Component.class));
        } else {
            vaadin.loginView(SIGN_IN_PATH);
        }
    }

    private static void secure(HeadersConfigurer<HttpSecurity> headers, String contentPolicy) {
        headers.contentSecurityPolicy(policy -> policy.policyDirectives(contentPolicy))
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER))
                .permissionsPolicyHeader(permissions ->
                        permissions.policy("camera=(), geolocation=(), microphone=()"))
                // It would bind the whole host, also the plain port on loopback beside this one.
                .httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable)
                .withObjectPostProcessor(
                        new ObjectPostProcessor<HeaderWriterFilter>() {
                            @Override
                            public <O extends HeaderWriterFilter> O postProcess(O filter) {
                                // Vaadin flushes its pages before headers would be written late.
                                filter.setShouldWriteHeadersEagerly(true);
                                return filter;
                            }
                        });
    }
}
