package assay.web.tenants;

import assay.web.RunningGateway;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The administration's endpoints, called with one key. */
record AdminApi(RunningGateway gateway, String key) {
    HttpResponse<String> get(String path) {
        return send("GET", path, "", null);
    }

    HttpResponse<String> post(String path, String body) {
        return send("POST", path, body, null);
    }

    /** Changes what was read in the version that the answer tells. */
    HttpResponse<String> change(
            String method, String path, String body, HttpResponse<String> read) {
        return send(method, path, body, read.headers().firstValue("ETag").orElseThrow());
    }

    HttpResponse<String> send(String method, String path, String body, @Nullable String version) {
        var request =
                gateway.request("http", "/api/v1/admin" + path, key)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body));
        if (version != null) {
            request.header("If-Match", version);
        }
        return gateway.send(request.build());
    }

    static JsonNode json(HttpResponse<String> response) {
        return RunningGateway.json(response);
    }
}
