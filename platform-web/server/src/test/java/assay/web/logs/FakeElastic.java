package assay.web.logs;

import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticStore;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** As much of Elasticsearch as log lines need: it creates once, refuses, is busy, and deletes. */
final class FakeElastic implements AutoCloseable {
    final Map<String, Map<String, JsonNode>> indices = new ConcurrentSkipListMap<>();
    final List<String> templates = new ArrayList<>();
    volatile boolean away;
    volatile int busyFrom = Integer.MAX_VALUE;
    volatile String refused = "none";
    private final HttpServer server;

    FakeElastic() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    ElasticStore store() {
        return new ElasticStore(
                ElasticSettings.of(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
    }

    List<String> messages() {
        return indices.values().stream()
                .flatMap(each -> each.values().stream())
                .map(each -> each.path("message").asString(""))
                .toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        String answer = "{}";
        if (path.equals("/_bulk")) {
            answer = bulk(body);
        } else if (method.equals("PUT")) {
            templates.add(path);
        } else if (method.equals("DELETE")) {
            indices.remove(path.substring(1));
        } else if (path.endsWith("/_settings/index.creation_date")) {
            var names = JsonNodeFactory.instance.objectNode();
            indices.keySet().forEach(names::putObject);
            answer = names.toString();
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.getResponseHeaders().add("X-Elastic-Product", "Elasticsearch");
        exchange.sendResponseHeaders(away ? 503 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String bulk(String body) {
        var answer = JsonNodeFactory.instance.objectNode();
        var items = answer.putArray("items");
        String[] lines = body.split("\n", -1);
        for (int i = 0; i + 1 < lines.length && !away; i += 2) {
            JsonNode create = JsonMapper.shared().readTree(lines[i]).path("create");
            int status = 429;
            if (i / 2 < busyFrom) {
                status =
                        lines[i + 1].contains(refused)
                                ? 400
                                : store(create, JsonMapper.shared().readTree(lines[i + 1]));
            }
            items.addObject().putObject("create").put("status", status);
        }
        return answer.toString();
    }

    private int store(JsonNode create, JsonNode document) {
        return indices.computeIfAbsent(create.path("_index").asString(), _ -> new TreeMap<>())
                                .putIfAbsent(create.path("_id").asString(), document)
                        == null
                ? 201
                : 409;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
