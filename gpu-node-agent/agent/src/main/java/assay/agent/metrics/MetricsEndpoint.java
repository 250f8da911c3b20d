package assay.agent.metrics;

import assay.agent.config.HostPort;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Plain HTTP, for a scraper on the same machine: {@code /metrics} and {@code /healthz}. */
public final class MetricsEndpoint implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HostPort address;

    /** Binds and serves. */
    public MetricsEndpoint(HostPort wanted, Supplier<String> metrics) throws IOException {
        server = HttpServer.create(new InetSocketAddress(wanted.host(), wanted.port()), BACKLOG);
        server.setExecutor(executor);
        server.createContext(
                "/metrics",
                x -> answer(x, "/metrics", "text/plain; version=0.0.4; charset=utf-8", metrics));
        server.createContext("/healthz", x -> answer(x, "/healthz", "text/plain", () -> "ok\n"));
        server.start();
        address = wanted.withPort(server.getAddress().getPort());
    }

    /** Where it listens. */
    public HostPort address() {
        return address;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private static void answer(
            HttpExchange exchange, String path, String type, Supplier<String> content)
            throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(path)) {
                exchange.sendResponseHeaders(404, -1);
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(405, -1);
            } else {
                byte[] body = content.get().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", type);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }
}
