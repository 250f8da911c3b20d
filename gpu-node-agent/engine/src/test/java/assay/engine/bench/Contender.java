package assay.engine.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** A process that runs one engine on one model and measures itself when asked. */
final class Contender implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter requests;

    /**
     * Starts it and waits until it has loaded the model.
     *
     * @param log where what it says on standard error goes
     */
    Contender(String name, List<String> command, Path log) throws IOException {
        this.name = name;
        this.process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        this.answers =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.requests =
                new PrintWriter(
                        new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8),
                        true);
        while (!answer().equals("ready")) {
            // Some libraries write to standard output while they load.
        }
    }

    String name() {
        return name;
    }

    /** Tokens a second; empty when this engine cannot do that. */
    OptionalDouble measure(Measure measure) throws IOException {
        requests.println(measure.request());
        String answer = answer();
        return answer.equals("-")
                ? OptionalDouble.empty()
                : OptionalDouble.of(Double.parseDouble(answer));
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(name + ": ended early (expected: an answer)");
        }
        return line;
    }

    @Override
    public void close() {
        requests.close();
        process.destroy();
    }
}
