package assay.elasticsearch.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.node.NodeValidationException;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * One node of Elasticsearch in this process, on loopback. It ends when its standard input closes,
 * so that it never outlives who started it.
 *
 * <p>{@code Node}, {@code PluginsLoader} and {@code InternalSettingsPreparer} are not an interface
 * that Elasticsearch promises to keep: they stand in this class alone, the version is pinned, and
 * {@code EmbeddedServerIT} starts it.
 */
public final class EmbeddedServer {
    private static final String CLUSTER = "assay";
    private static final long STOP_SECONDS = 10;

    private EmbeddedServer() {}

    /**
     * Starts a node and stays until standard input ends.
     *
     * @param arguments the home folder with {@code lib} and {@code modules}, the folder of its
     *     data, the HTTP port, and the node's name, by which a client knows that it talks to this
     *     very process
     */
    public static void main(String[] arguments) throws IOException, NodeValidationException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException(
                    "arguments: " + arguments.length + " (expected: HOME DATA PORT NAME)");
        }
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Path data = Path.of(arguments[1]).toAbsolutePath();
        String name = arguments[3];
        Settings settings = settings(home, data, Integer.parseInt(arguments[2]), name).build();
        serve(settings, home, home.resolve("config"), name);
    }

    /**
     * Starts a node and stays until standard input ends, which ends the process.
     *
     * @param home with {@code lib} and {@code modules}
     * @param config the folder that paths in the settings are relative to
     */
    static void serve(Settings settings, Path home, Path config, String name)
            throws IOException, NodeValidationException {
        LogConfigurator.registerErrorListener();
        LogConfigurator.configureWithoutConfig(
                Settings.builder().put("logger.level", "INFO").build());
        LogConfigurator.configureESLogging();
        Environment environment =
                InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> name);
        PluginsLoader modules =
                PluginsLoader.createPluginsLoader(
                        PluginsLoader.loadModulesBundles(home.resolve("modules"), false),
                        Set.of(),
                        Map.of(),
                        false);
        // Closed by the hook: standard input decides how long it lives, not this block.
        @SuppressWarnings("resource")
        Node node = new Node(environment, modules);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "stop"));
        node.start();
        untilStandardInputEnds();
        System.exit(0);
    }

    /** One node on loopback, which makes the indices of audit records and log lines alone. */
    static Settings.Builder settings(Path home, Path data, int port, String name) {
        return Settings.builder()
                .put("path.home", home)
                .put("path.data", data)
                .put("path.logs", data.resolve("logs"))
                .put("cluster.name", CLUSTER)
                .put("node.name", name)
                .put("discovery.type", "single-node")
                .put("network.host", "127.0.0.1")
                .put("http.port", port)
                .put("transport.port", "0")
                // One node on a machine that others fill too: a nearly full disk is the launcher's
                // to report, and must not make records of the past unreadable.
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .put("action.destructive_requires_name", true)
                .put("action.auto_create_index", "+audit-*,+logs-assay-*,-*");
    }

    private static void untilStandardInputEnds() throws IOException {
        var buffer = new byte[256];
        while (System.in.read(buffer) >= 0) {
            // nothing is ever said there
        }
    }

    private static void stop(Node node) {
        try {
            node.close();
            node.awaitClose(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            System.err.println("Elasticsearch did not close cleanly: " + e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
