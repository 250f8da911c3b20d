package assay.web.serving;

import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.http.ClientConnection;
import assay.web.http.JsonBody;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.models.ModelCatalog;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Generation over REST: one JSON object, or server-sent events. */
@RestController
class GenerateController {
    private final GenerateCalls calls;
    private final ModelCatalog catalog;
    private final CurrentCaller callers;
    private final int maxBytes;

    GenerateController(
            GenerateCalls calls,
            ModelCatalog catalog,
            CurrentCaller callers,
            WebSettings settings) {
        this.calls = calls;
        this.catalog = catalog;
        this.callers = callers;
        this.maxBytes = settings.serving().requestBytes();
    }

    @PostMapping("/api/v1/generate")
    void generate(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Caller caller = callers.required();
        String requestId = RequestId.of(request);
        var answer = new HttpAnswer(request, response, ClientConnection.of(request), requestId);
        try {
            calls.run(
                    new GenerateCalls.Edge(caller, requestId, "POST", request.getRequestURI()),
                    () -> {
                        GenerateBody body = GenerateBody.of(JsonBody.read(request, maxBytes));
                        answer.form(body.stream(), body.logProbs());
                        return GenerateRules.check(
                                body.asked(), body.wrong(), catalog, caller, requestId);
                    },
                    answer);
        } catch (WebException e) {
            if (!answer.failed(e)) {
                throw e;
            }
        }
    }
}
