package assay.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decides the public evaluation statements through the API of a running instance and compares with
 * the model card.
 *
 * <p>{@code ./assay bench theorems [CONNECT.JSON]}. A verdict against the set's own answer would be
 * a defect and ends the run with exit 1, as does a proof that plain {@code coqc} refuses when its
 * file is taken from the answer.
 */
final class TheoremBench {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Greedy pass@1 of the public set and pass@8 of the held-out set, by the model card. */
    private enum EvaluationClass {
        A(90.0, 97.3),
        B(94.8, 97.4),
        C(94.8, 97.9);

        private final double onePercent;
        private final double eightPercent;

        EvaluationClass(double onePercent, double eightPercent) {
            this.onePercent = onePercent;
            this.eightPercent = eightPercent;
        }
    }

    /** One answer of the API to one statement. */
    private record Answer(String expected, String verdict, String file, long millis) {}

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI endpoint;
    private final String key;

    private TheoremBench(JsonNode connect) {
        this.endpoint = URI.create(connect.required("http").asString() + "/api/v1/verifications");
        this.key = connect.required("apiKey").asString();
    }

    public static void main(String[] arguments) throws Exception {
        Path connect =
                arguments.length > 0 ? Path.of(arguments[0]) : Path.of(".assay", "connect.json");
        var bench = new TheoremBench(JSON.readTree(connect.toFile()));
        System.out.println(
                "| class | samples | statements | decided | model card | wrong | median s |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        int wrong = 0;
        for (EvaluationClass evaluation : EvaluationClass.values()) {
            for (int samples : new int[] {1, 8}) {
                wrong += bench.run(evaluation, samples);
            }
        }
        System.exit(wrong == 0 ? 0 : 1);
    }

    private int run(EvaluationClass evaluation, int samples) throws Exception {
        Path file =
                RunningStack.repository()
                        .resolve(
                                "deploy/standalone/reference-model/eval/theorem-"
                                        + evaluation
                                        + ".jsonl");
        List<Callable<Answer>> questions = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode item = JSON.readTree(line);
            String expected =
                    item.required("kind").asString().equals("proof") ? "proved" : "refuted";
            questions.add(() -> ask(item.required("stmt").asString(), expected, samples));
        }
        List<Answer> answers = new ArrayList<>();
        try (var two = Executors.newFixedThreadPool(2)) {
            for (var answer : two.invokeAll(questions)) {
                answers.add(answer.get());
            }
        }
        long decided = answers.stream().filter(a -> a.verdict().equals(a.expected())).count();
        long contrary =
                answers.stream()
                        .filter(a ->
                                !a.verdict().equals("undecided")
                                        && !a.verdict().equals(a.expected()))
                        .count();
        long refused =
                answers.stream()
                        .filter(a -> a.verdict().equals(a.expected()) && !coqcAccepts(a.file()))
                        .count();
        double card = samples == 1 ? evaluation.onePercent : evaluation.eightPercent;
        long median =
                answers.stream()
                        .mapToLong(Answer::millis)
                        .sorted()
                        .skip(answers.size() / 2)
                        .findFirst()
                        .orElse(0);
        System.out.println(
                String.format(
                        Locale.ROOT,
                        "| %s | %d | %d | %.1f%% | %.1f%% | %d | %.1f |",
                        evaluation,
                        samples,
                        answers.size(),
                        100.0 * decided / answers.size(),
                        card,
                        contrary + refused,
                        median / 1000.0));
        return (int) (contrary + refused);
    }

    private Answer ask(String statement, String expected, int samples)
            throws IOException, InterruptedException {
        var body = JSON.createObjectNode();
        body.put("scenario", "theorem")
                .put("system", "coq")
                .put("statement", statement)
                .put("samples", samples);
        var request =
                HttpRequest.newBuilder(endpoint)
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofMinutes(5))
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build();
        long start = System.nanoTime();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        if (response.statusCode() != 200) {
            throw new IllegalStateException(
                    response.statusCode() + " for " + statement + ": " + response.body());
        }
        JsonNode result = JSON.readTree(response.body());
        return new Answer(
                expected,
                result.required("verdict").asString(),
                result.path("source").asString(""),
                millis);
    }

    /**
     * What anyone would do with the report: put the file into a folder and compile it, without our
     * judge.
     */
    private static boolean coqcAccepts(String file) {
        try {
            Path folder = Files.createTempDirectory("assay-bench");
            Path source = Files.writeString(folder.resolve("Report.v"), file);
            Process coqc =
                    new ProcessBuilder("coqc", "-q", source.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            boolean accepted = coqc.waitFor() == 0;
            try (var files = Files.list(folder)) {
                for (Path entry : files.toList()) {
                    Files.delete(entry);
                }
            }
            Files.delete(folder);
            return accepted;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
