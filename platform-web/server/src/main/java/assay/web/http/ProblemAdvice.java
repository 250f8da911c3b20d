package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.tenancy.DatabaseWatch;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/** Answers what controllers throw. What is ours goes to the log whole, to the client never. */
@RestControllerAdvice
class ProblemAdvice {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    private static final Map<Integer, String> SLUGS =
            Map.of(
                    404, "not-found",
                    405, "method-not-allowed",
                    406, "not-acceptable",
                    413, "request-too-large",
                    415, "unsupported-media-type");

    private final DatabaseWatch database;

    ProblemAdvice(DatabaseWatch database) {
        this.database = database;
    }

    @ExceptionHandler
    void known(WebException error, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (error.code() == ErrorCode.INTERNAL) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), error);
        }
        Problems.write(request, response, error);
    }

    @ExceptionHandler
    void other(Exception error, HttpServletRequest request, HttpServletResponse response)
            throws Exception {
        if (error instanceof AccessDeniedException || error instanceof AuthenticationException) {
            throw error; // the security filters answer these
        }
        if (error instanceof AsyncRequestNotUsableException) {
            return; // the client has left
        }
        if (error instanceof ErrorResponse http && http.getStatusCode().is4xxClientError()) {
            int status = http.getStatusCode().value();
            http.getHeaders()
                    .forEach((name, values) ->
                            values.forEach(value -> response.addHeader(name, value)));
            Problems.write(
                    response,
                    status,
                    Problems.plain(
                            status,
                            SLUGS.getOrDefault(status, "invalid-request"),
                            String.valueOf(http.getBody().getDetail()),
                            request.getRequestURI(),
                            RequestId.of(request)));
            return;
        }
        if (error instanceof RuntimeException failure && database.lost(failure)) {
            Problems.write(request, response, DatabaseWatch.unavailable(failure));
            return;
        }
        LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), error);
        Problems.write(
                request,
                response,
                new WebException(ErrorCode.INTERNAL, "an error of ours; the log has it"));
    }
}
