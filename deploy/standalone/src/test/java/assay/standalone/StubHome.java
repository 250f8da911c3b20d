package assay.standalone;

import assay.elasticsearch.ServerCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * A built checkout whose programs are small stand-ins that keep the real ones' contracts with the
 * launcher: their options and files, and that they end when their standard input closes.
 */
final class StubHome {
    private static final String PARENT =
            """
                static void untilTheParentEnds() throws Exception {
                    while (System.in.read() >= 0) {}
                    System.exit(0);
                }
            """;

    private static final String SETTINGS =
            """
                static java.util.Properties settings(String[] arguments) throws Exception {
                    var settings = new java.util.Properties();
                    String file = arguments[0].substring("--spring.config.additional-location=file:".length());
                    try (var in = new java.io.FileInputStream(file)) { settings.load(in); }
                    if (!"true".equals(settings.getProperty("assay.watch-parent"))) System.exit(9);
                    return settings;
                }
            """;

    private static final String SCHEDULER =
            """
            package assay.scheduler.server;
            import java.nio.file.*;
            public class SchedulerApplication {
                public static void main(String[] arguments) throws Exception {
                    var settings = settings(arguments);
                    Files.writeString(Path.of(settings.getProperty("assay.scheduler.pki-dir"), "ca.pem"), "x");
                    Path address = Path.of(settings.getProperty("assay.scheduler.address-file"));
                    Path part = address.resolveSibling("address.part");
                    Files.writeString(part, "{\\"grpc\\":\\"127.0.0.1:12345\\",\\"management\\":1}");
                    Files.move(part, address);
                    System.out.println("asked for " + settings.getProperty("assay.scheduler.grpc-address"));
                    untilTheParentEnds();
                }
            """
                    + PARENT
                    + SETTINGS
                    + "}";

    private static final String AGENT =
            """
            package assay.agent;
            public class AgentMain {
                public static void main(String[] arguments) throws Exception {
                    if (!java.util.List.of(arguments).contains("--watch-parent")) System.exit(9);
                    untilTheParentEnds();
                }
            """
                    + PARENT
                    + "}";

    private static final String WEB =
            """
            package assay.web;
            import java.nio.file.*;
            public class WebApplication {
                public static void main(String[] arguments) throws Exception {
                    var settings = settings(arguments);
                    Path key = Path.of(settings.getProperty("assay.web.bootstrap.api-key-file"));
                    if (!Files.exists(key)) Files.writeString(key, "ask_" + System.nanoTime());
                    int port = Integer.parseInt(settings.getProperty("assay.web.http-port"));
                    var server = com.sun.net.httpserver.HttpServer.create(
                            new java.net.InetSocketAddress("127.0.0.1", port), 0);
                    server.createContext("/v2/health", exchange -> exchange.sendResponseHeaders(200, -1));
                    server.start();
                    untilTheParentEnds();
                }
            """
                    + PARENT
                    + SETTINGS
                    + "}";

    private static final String BROKEN_WEB =
            """
            package assay.web;
            public class WebApplication {
                public static void main(String[] arguments) {
                    throw new IllegalStateException("no console today");
                }
            }
            """;

    private StubHome() {}

    /** Compiles the stand-ins below {@code folder}. */
    static Path make(Path folder, boolean webWorks) throws IOException {
        build(folder, "platform-scheduler/server", "SchedulerApplication", SCHEDULER);
        build(folder, "gpu-node-agent/agent", "AgentMain", AGENT);
        build(folder, "platform-web/server", "WebApplication", webWorks ? WEB : BROKEN_WEB);
        copyElasticsearchsLauncher(folder);
        Path model = Files.createDirectories(folder.resolve("deploy/standalone/reference-model"));
        try (Stream<Path> files = Files.list(Path.of("reference-model"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        return folder;
    }

    private static void build(Path folder, String module, String mainClass, String source)
            throws IOException {
        Path target = Files.createDirectories(folder.resolve(module).resolve("target"));
        Path sourceFile = Files.writeString(target.resolve(mainClass + ".java"), source);
        Path classes = Files.createDirectories(target.resolve("classes"));
        int failures =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                OutputStream.nullOutputStream(),
                                null,
                                "-d",
                                classes.toString(),
                                sourceFile.toString());
        if (failures != 0) {
            throw new IOException(mainClass + " does not compile");
        }
        jar(classes, target, module);
    }

    /** The module that starts the real Elasticsearch is small: it is its own stand-in. */
    private static void copyElasticsearchsLauncher(Path folder) throws IOException {
        String module = "deploy/elasticsearch";
        Path target = Files.createDirectories(folder.resolve(module).resolve("target"));
        Path own = codeSource(ServerCommand.class);
        if (Files.isDirectory(own)) {
            jar(own, target, module);
        } else {
            Files.copy(own, target.resolve("deploy-elasticsearch-1.jar"));
            Files.write(target.resolve("run.classpath"), List.of(""));
        }
    }

    private static Path codeSource(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void jar(Path classes, Path target, String module) throws IOException {
        Path jar = target.resolve(module.replace('/', '-') + "-1.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        Files.write(target.resolve("run.classpath"), List.of(""));
    }
}
