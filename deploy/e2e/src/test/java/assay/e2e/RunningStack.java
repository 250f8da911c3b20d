package assay.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One {@code ./assay up --detach} with its own data folder and ports; {@link #close} takes it down.
 */
final class RunningStack implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path data;

    private RunningStack(Path data) {
        this.data = data;
    }

    /** What a run of the script came to. */
    record Outcome(int exitCode, String output) {}

    /**
     * Starts a stack and waits until it is ready.
     *
     * @throws IllegalStateException with the script's output when it does not come up
     */
    static RunningStack start(Path data, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("up", "--detach", "--data", data.toString()));
        for (String port : List.of("--http-port", "--https-port", "--grpc-port")) {
            arguments.add(port);
            arguments.add("0"); // any free one; connect.json names it
        }
        arguments.addAll(List.of(options));
        Outcome outcome = script(arguments);
        if (outcome.exitCode() != 0) {
            throw new IllegalStateException(
                    "./assay up exited with " + outcome.exitCode() + ":\n" + outcome.output());
        }
        return new RunningStack(data);
    }

    /**
     * Runs the script to its end; the build that runs this test has already made what it starts.
     */
    static Outcome script(List<String> arguments) {
        List<String> command =
                new ArrayList<>(List.of("bash", repository().resolve("assay").toString()));
        command.addAll(arguments);
        try {
            Path output = Files.createTempFile("assay-script", ".log");
            var builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            builder.environment().put("ASSAY_SKIP_BUILD", "1");
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("the script hung:\n" + Files.readString(output));
            }
            String text = Files.readString(output);
            Files.delete(output);
            return new Outcome(process.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The checkout's root: where the script is. */
    static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("assay"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException(
                    "not inside a checkout: " + Path.of("").toAbsolutePath());
        }
        return folder;
    }

    Path data() {
        return data;
    }

    /**
     * The file that {@code up} writes, read anew: the process ids change when a child is started
     * again.
     */
    JsonNode connect() {
        return JSON.readTree(data.resolve("connect.json").toFile());
    }

    String text(String field) {
        return connect().required(field).asString();
    }

    List<Long> agents() {
        return processesOf("agents");
    }

    /** All of them; which one leads is in their logs. */
    List<Long> schedulers() {
        return processesOf("schedulers");
    }

    private List<Long> processesOf(String kind) {
        return connect()
                .required("pids")
                .required(kind)
                .valueStream()
                .map(JsonNode::asLong)
                .toList();
    }

    /** The process of that name. */
    long process(String name) {
        return connect().required("pids").required(name).asLong();
    }

    /** All process ids that {@code up} named. */
    Map<String, List<Long>> processes() {
        return Map.of(
                "web", List.of(process("web")),
                "schedulers", schedulers(),
                "postgres", List.of(process("postgres")),
                "agents", agents());
    }

    @Override
    public void close() {
        Outcome outcome = script(List.of("down", "--data", data.toString()));
        if (outcome.exitCode() != 0) {
            throw new IllegalStateException(
                    "./assay down exited with " + outcome.exitCode() + ":\n" + outcome.output());
        }
    }
}
