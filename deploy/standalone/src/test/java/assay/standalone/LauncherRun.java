package assay.standalone;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A launcher as a process of its own, whose output a test reads line by line. */
final class LauncherRun implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final BufferedReader output;
    private final StringBuilder seen = new StringBuilder();

    private LauncherRun(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static LauncherRun start(Path home, List<String> arguments) throws IOException {
        return start(home, arguments, List.of(), Map.of());
    }

    static LauncherRun start(
            Path home,
            List<String> arguments,
            List<String> virtualMachine,
            Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Dassay.home=" + home));
        command.addAll(virtualMachine);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(StandaloneMain.class.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new LauncherRun(builder.start());
    }

    /** {@code up} on ports that nobody has. */
    static List<String> up(Path data, String... more) {
        List<String> arguments = new ArrayList<>(List.of("up", "--data", data.toString()));
        arguments.addAll(List.of("--http-port=0", "--https-port=0", "--grpc-port=0"));
        arguments.addAll(List.of(more));
        if (Stream.of(more).noneMatch(option -> option.startsWith("--elasticsearch"))) {
            arguments.add("--elasticsearch=off");
        }
        return arguments;
    }

    /** Reads on until a line has that text. */
    void until(String text) throws IOException {
        String line = output.readLine();
        while (line != null) {
            seen.append(line).append('\n');
            if (line.contains(text)) {
                return;
            }
            line = output.readLine();
        }
        throw new AssertionError("ended without \"" + text + "\":\n" + seen);
    }

    /** Reads the rest and waits for the end. */
    Tools.Outcome end() throws IOException, InterruptedException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
        }
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("does not end:\n" + seen);
        }
        return new Tools.Outcome(process.exitValue(), seen.toString());
    }

    /** All lines so far. */
    String seen() {
        return seen.toString();
    }

    Process process() {
        return process;
    }

    static JsonNode connect(Path data) throws IOException {
        return JsonMapper.shared().readTree(Files.readString(data.resolve("connect.json")));
    }

    /** All processes that the connect file names. */
    static List<ProcessHandle> processes(JsonNode connect) {
        JsonNode pids = connect.get("pids");
        List<ProcessHandle> processes = new ArrayList<>();
        for (String name : List.of("web", "scheduler", "postgres")) {
            processes.add(ProcessHandle.of(pids.get(name).asLong()).orElseThrow());
        }
        for (JsonNode agent : pids.get("agents")) {
            processes.add(ProcessHandle.of(agent.asLong()).orElseThrow());
        }
        return processes;
    }

    /** Asks it to end, as closing a terminal does, and forces it when it does not. */
    @Override
    public void close() {
        process.destroy();
        process.onExit()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .exceptionally(_ -> process.destroyForcibly())
                .join();
    }
}
