package assay.web.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** What the container itself refuses, in the same words as everything else. */
@Controller
class ErrorPage implements ErrorController {
    @RequestMapping("/error")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        Object uri = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        int number = code instanceof Integer given ? given : 404;
        HttpStatus status = HttpStatus.resolve(number);
        String reason = status == null ? "Error" : status.getReasonPhrase();
        Problems.write(
                response,
                number,
                Problems.plain(
                        number,
                        reason.toLowerCase(Locale.ROOT).replace(' ', '-'),
                        reason,
                        uri instanceof String path ? path : request.getRequestURI(),
                        RequestId.of(request)));
    }
}
