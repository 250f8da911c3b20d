package assay.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a person's scripts need to talk to a running installation: {@code connect.json}. Immutable.
 * It is there exactly while everything is up.
 *
 * @param apiKey a key of the first tenant, with every scope
 * @param model the default model's name; empty without a reference model
 * @param elasticsearch its address; null where records are searched in PostgreSQL
 * @param database a JDBC address with the superuser's name and password
 */
record ConnectFile(
        int httpPort,
        int httpsPort,
        int grpcPort,
        Path caCertificate,
        String adminPassword,
        String apiKey,
        String model,
        @Nullable String elasticsearch,
        String database,
        Pids pids) {
    static final String ADMIN = "admin";

    /**
     * The processes, by what they are.
     *
     * @param schedulers all of them, in the order of their names; which one leads changes
     * @param elasticsearch 0 where this installation has none of its own
     */
    record Pids(
            long web, List<Long> schedulers, List<Long> agents, long postgres, long elasticsearch) {
        Pids {
            schedulers = List.copyOf(schedulers);
            agents = List.copyOf(agents);
        }
    }

    String json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("http", "http://127.0.0.1:" + httpPort);
        json.put("https", "https://127.0.0.1:" + httpsPort);
        json.put("grpc", "127.0.0.1:" + grpcPort);
        json.put("caCertificate", caCertificate.toString());
        json.put("adminUser", ADMIN);
        json.put("adminPassword", adminPassword);
        json.put("apiKey", apiKey);
        json.put("model", model);
        json.put("elasticsearch", elasticsearch);
        json.put("database", database);
        Map<String, Object> processes = new LinkedHashMap<>();
        processes.put("web", pids.web());
        processes.put("scheduler", pids.schedulers().getFirst());
        processes.put("schedulers", pids.schedulers());
        processes.put("agents", pids.agents());
        processes.put("postgres", pids.postgres());
        if (pids.elasticsearch() != 0) {
            processes.put("elasticsearch", pids.elasticsearch());
        }
        json.put("pids", processes);
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    void write(Path file) throws IOException {
        DataFolder.writePrivate(file, json() + "\n");
    }
}
