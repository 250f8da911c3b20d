package assay.web.identity.passkey;

import assay.web.WebException;
import assay.web.http.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.security.web.webauthn.jackson.WebauthnJacksonModule;
import org.springframework.security.web.webauthn.registration.PublicKeyCredentialCreationOptionsRepository;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Begins a registration. It stands before the framework's own filter for this path, which looks for
 * who is signed in at the framework's default place and can not be told of the console's.
 */
final class PasskeyOptionsFilter extends OncePerRequestFilter {
    private static final RequestMatcher PATH =
            PathPatternRequestMatcher.withDefaults()
                    .matcher(HttpMethod.POST, "/webauthn/register/options");

    private final PasskeyOperations operations;
    private final PublicKeyCredentialCreationOptionsRepository begun;
    private final JacksonJsonHttpMessageConverter json =
            new JacksonJsonHttpMessageConverter(
                    JsonMapper.builder().addModule(new WebauthnJacksonModule()).build());

    PasskeyOptionsFilter(
            PasskeyOperations operations, PublicKeyCredentialCreationOptionsRepository begun) {
        this.operations = operations;
        this.begun = begun;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !PATH.matches(request);
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            // The operations ask themselves who is signed in.
            Authentication nobody = UsernamePasswordAuthenticationToken.unauthenticated("", null);
            var options = operations.createPublicKeyCredentialCreationOptions(() -> nobody);
            begun.save(request, response, options);
            response.setHeader("Cache-Control", "no-store");
            json.write(
                    options, MediaType.APPLICATION_JSON, new ServletServerHttpResponse(response));
        } catch (WebException e) {
            Problems.write(request, response, e);
        }
    }
}
