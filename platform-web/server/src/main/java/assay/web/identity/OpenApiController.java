package assay.web.identity;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The programming interface as an OpenAPI 3.1 document, made from the table of {@link Access}: so
 * none of its endpoints is forgotten, and each tells the permission that it needs.
 */
@RestController
class OpenApiController {
    private static final Pattern PARAMETER = Pattern.compile("\\{([^/}]+)}");
    private static final String ADMIN = "/api/v1/admin/";
    private static final String PROBLEM = "application/problem+json";

    private final ObjectNode document = document();

    @GetMapping("/api/v1/openapi.json")
    ObjectNode openApi() {
        return document;
    }

    private static ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "Assay")
                .put("version", "1")
                .put(
                        "description",
                        "What is refused is told as problem+json (RFC 9457) with a stable type.");
        ObjectNode components = document.putObject("components");
        components
                .putObject("securitySchemes")
                .putObject("key")
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "An API key: ask_…");
        problem(components.putObject("schemas").putObject("Problem"));
        document.putArray("security").addObject().putArray("key");
        ObjectNode paths = document.putObject("paths");
        JsonNode bodies = bodies();
        for (Access.Endpoint each : Access.endpoints()) {
            String path = each.path().getPatternString();
            ObjectNode item =
                    paths.get(path) instanceof ObjectNode known ? known : paths.putObject(path);
            describe(item.putObject(lower(each.method())), each, path, bodies.get(each.action()));
        }
        return document;
    }

    private static String lower(String method) {
        return method.toLowerCase(Locale.ROOT);
    }

    private static JsonNode bodies() {
        try (InputStream in = OpenApiController.class.getResourceAsStream("request-bodies.json")) {
            return JsonMapper.shared().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("the schemas of requests", e);
        }
    }

    private static void problem(ObjectNode schema) {
        schema.put("type", "object");
        ObjectNode fields = schema.putObject("properties");
        for (String name : List.of("type", "title", "detail", "instance", "request_id")) {
            fields.putObject(name).put("type", "string");
        }
        fields.putObject("status").put("type", "integer");
        ObjectNode errors = fields.putObject("errors").put("type", "array").putObject("items");
        errors.put("type", "object");
        ObjectNode error = errors.putObject("properties");
        error.putObject("field").put("type", "string");
        error.putObject("message").put("type", "string");
    }

    private static void describe(
            ObjectNode operation, Access.Endpoint endpoint, String path, JsonNode body) {
        String method = endpoint.method();
        operation.put("operationId", endpoint.action() + ":" + lower(method) + ":" + path);
        operation.put("summary", endpoint.action());
        var permissions = operation.putArray("x-permissions");
        endpoint.permissions().stream().map(Permission::id).sorted().forEach(permissions::add);
        if (endpoint.need() == Access.Need.OPEN) {
            operation.putArray("security");
        }
        var parameters = operation.putArray("parameters");
        Matcher names = PARAMETER.matcher(path);
        while (names.find()) {
            parameter(parameters.addObject(), names.group(1), "path", true, "");
        }
        if (path.startsWith(ADMIN) && method.equals("POST")) {
            parameter(
                    parameters.addObject(),
                    "Idempotency-Key",
                    "header",
                    false,
                    "The same request with the same key is done once, for a day");
        }
        if (path.startsWith(ADMIN) && List.of("PUT", "PATCH", "DELETE").contains(method)) {
            parameter(
                    parameters.addObject(),
                    "If-Match",
                    "header",
                    false,
                    "The ETag that was read, where there is one; * for any");
        }
        if (body != null) {
            operation
                    .putObject("requestBody")
                    .putObject("content")
                    .putObject("application/json")
                    .set("schema", body);
        }
        ObjectNode responses = operation.putObject("responses");
        responses.putObject("2XX").put("description", "Done");
        responses
                .putObject("default")
                .put("description", "Refused")
                .putObject("content")
                .putObject(PROBLEM)
                .putObject("schema")
                .put("$ref", "#/components/schemas/Problem");
    }

    private static void parameter(
            ObjectNode parameter, String name, String place, boolean required, String text) {
        parameter.put("name", name).put("in", place).put("required", required);
        if (!text.isEmpty()) {
            parameter.put("description", text);
        }
        parameter.putObject("schema").put("type", "string");
    }
}
