package assay.web.identity;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The document of the programming interface, held against the interface. */
class OpenApiIT {
    private final RunningGateway gateway = RunningGateway.shared();

    private JsonNode document() {
        return RunningGateway.json(gateway.get("/api/v1/openapi.json", null));
    }

    @Test
    void everyEndpointIsInItWithItsPermission() {
        JsonNode paths = document().get("paths");
        for (Access.Endpoint each : Access.endpoints()) {
            JsonNode operation =
                    paths.path(each.path().getPatternString())
                            .path(each.method().toLowerCase(Locale.ROOT));
            assertThat(operation.isObject()).as(each.toString()).isTrue();
            assertThat(operation.get("x-permissions").size()).isEqualTo(each.permissions().size());
        }
    }

    static Stream<Access.Endpoint> described() {
        JsonNode paths = new OpenApiIT().document().get("paths");
        return Access.endpoints().stream()
                .filter(each -> !body(paths, each).isMissingNode())
                .filter(each -> !each.action().startsWith("node.")); // there is no such node
    }

    private static JsonNode body(JsonNode paths, Access.Endpoint endpoint) {
        return paths.path(endpoint.path().getPatternString())
                .path(endpoint.method().toLowerCase(Locale.ROOT))
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema");
    }

    /** An endpoint names the fields that it does not know. */
    @ParameterizedTest
    @MethodSource("described")
    void theFieldsInItAreThoseThatTheEndpointReads(Access.Endpoint endpoint) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().putNull("no_such_field");
        body(document().get("paths"), endpoint)
                .get("properties")
                .propertyNames()
                .forEach(body::putNull);
        String path =
                endpoint.path()
                        .getPatternString()
                        .replaceAll("\\{[^/}]*}", "5b1ad0b3-45a4-4f6e-8d4e-e4b6d0f7a001");
        var answer =
                gateway.send(
                        gateway.request("http", path, AdminKeys.create(gateway))
                                .header("Content-Type", "application/json")
                                .header("If-Match", "*")
                                .method(endpoint.method(), BodyPublishers.ofString(body.toString()))
                                .build());
        if (answer.statusCode() == 404) {
            return; // it looked for the thing first
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        var unknown =
                RunningGateway.json(answer)
                        .get("errors")
                        .valueStream()
                        .filter(each -> each.get("message").stringValue().equals("unknown field"))
                        .map(each -> each.get("field").stringValue())
                        .toList();
        assertThat(unknown).as(answer.body()).containsExactly("no_such_field");
    }
}
