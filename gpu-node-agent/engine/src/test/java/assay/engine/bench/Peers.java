package assay.engine.bench;

import assay.engine.weights.RandomGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How each contender is fetched and started. Peers come from the package registries that Maven and
 * npm are set up for, into the benchmark's folder.
 */
final class Peers {
    private static final String NODE_PACKAGE = "node-llama-cpp@3.22.1";
    private static final String NODE_BINARIES = "@node-llama-cpp/linux-x64@3.22.1";

    private final BenchOptions options;
    private final Path home;
    private final Path sources;
    private final Path log;

    Peers(BenchOptions options) {
        this.options = options;
        this.home = Path.of(System.getProperty("assay.home", ".")).toAbsolutePath();
        this.sources = home.resolve("gpu-node-agent/engine/src/bench/peers");
        this.log = options.folder().resolve("peers.log");
    }

    Contender own(Path model) throws IOException {
        List<String> command =
                java(
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"));
        command.add(OwnRun.class.getName());
        return start("assay", command, model);
    }

    /** Empty, with the reason printed, when it cannot be had here. */
    Optional<Contender> start(String peer, Path model, RandomGguf.Shape shape) {
        try {
            return Optional.of(
                    switch (peer) {
                        case "llama.cpp" -> start(peer, node(), model);
                        case "kherud" -> start(peer, source("KherudRun"), model);
                        case "jlama" -> start(peer, jlama(), folder(shape));
                        default -> throw new IllegalArgumentException("unknown peer: " + peer);
                    });
        } catch (IOException e) {
            System.out.printf("without %s: %s (log: %s)%n", peer, e.getMessage(), log);
            return Optional.empty();
        }
    }

    private Contender start(String name, List<String> command, Path model) throws IOException {
        List<String> whole = new ArrayList<>(command);
        whole.add(model.toString());
        whole.addAll(options.work().arguments());
        return new Contender(name, whole, log);
    }

    private static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(arguments));
        return command;
    }

    private List<String> jlama() throws IOException {
        List<String> command = source("JlamaRun");
        command.add(1, "--add-modules=jdk.incubator.vector");
        command.add(1, "--enable-preview");
        command.add(1, "--source=" + Runtime.version().feature());
        return command;
    }

    /** A peer's program, compiled as it starts, against the peers' jars. */
    private List<String> source(String program) throws IOException {
        Path jars = options.folder().resolve("jars");
        if (!Files.isDirectory(jars)) {
            fetch(
                    home,
                    home.resolve("mvnw").toString(),
                    "-q",
                    "-B",
                    "-f",
                    sources.resolve("pom.xml").toString(),
                    "dependency:copy-dependencies",
                    "-DoutputDirectory=" + jars);
        }
        List<String> command = java("-cp", jars + "/*");
        command.add(sources.resolve(program + ".java").toString());
        return command;
    }

    private List<String> node() throws IOException {
        Path packages = options.folder().resolve("node");
        if (!Files.isDirectory(packages.resolve("node_modules"))) {
            Files.createDirectories(packages);
            Files.writeString(packages.resolve("package.json"), "{\"private\": true}\n");
            // Without optional packages, which bring binaries for other systems and for GPUs.
            fetch(
                    packages,
                    "npm",
                    "install",
                    "--ignore-scripts",
                    "--omit=optional",
                    NODE_PACKAGE,
                    NODE_BINARIES);
        }
        return List.of("node", sources.resolve("llama-cpp.mjs").toString(), packages.toString());
    }

    private void fetch(Path folder, String... command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        try {
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("%s: exit status %d".formatted(command[0], status));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(command[0] + ": interrupted", e);
        }
    }

    private Path folder(RandomGguf.Shape shape) throws IOException {
        Path folder = options.folder().resolve("random-1b-safetensors");
        if (!Files.exists(folder.resolve("model.safetensors"))) {
            SafetensorsWriter.write(folder, shape);
        }
        return folder;
    }

    void deleteModels() throws IOException {
        Path folder = options.folder().resolve("random-1b-safetensors");
        for (String file :
                List.of(
                        "model.safetensors",
                        "config.json",
                        "tokenizer.json",
                        "tokenizer_config.json")) {
            Files.deleteIfExists(folder.resolve(file));
        }
    }
}
