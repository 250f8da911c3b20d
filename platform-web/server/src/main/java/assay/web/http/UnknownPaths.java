package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/**
 * Paths of the programming interface that nobody serves. They would otherwise reach the console,
 * which answers everything with a page.
 */
@Configuration(proxyBeanMethods = false)
class UnknownPaths {
    /** After the controllers', before the console's and that of static files. */
    @Bean
    SimpleUrlHandlerMapping unknownPathMapping() {
        HttpRequestHandler unknown =
                (request, response) ->
                        Problems.write(
                                request,
                                response,
                                new WebException(
                                        ErrorCode.NOT_FOUND,
                                        request.getRequestURI() + ": there is no such path"));
        return new SimpleUrlHandlerMapping(
                Map.of("/api/**", unknown, "/v1/**", unknown, "/v2/**", unknown), 1);
    }
}
