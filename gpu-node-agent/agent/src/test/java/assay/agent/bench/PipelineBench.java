package assay.agent.bench;

import assay.agent.fake.FakeGateway;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Tokens per second with 32 running requests: one agent on some cores, and the same model over two
 * and four agents on the same cores together; and how much of the time each stage waited for work.
 * The client runs on the same cores, and takes the same part of them in each shape.
 *
 * <p>Canonical workload: 32 requests at once, each generates 96 tokens after a short prompt.
 * Medians of five rounds, after eighteen that are not counted: processes with one core compile for
 * minutes; the shapes take turns, so that a busy machine slows all of them.
 */
public final class PipelineBench {
    private static final int ROUNDS = 5;
    private static final int WARM_UP = 18;
    private static final int REQUESTS = 32;
    private static final int TOKENS = 96;
    private static final String PROMPT = "<|bos|><|theorem|>";

    private PipelineBench() {}

    private record Shape(String name, List<List<Integer>> cores) {}

    @SuppressWarnings("ArrayRecordComponent") // figures of one round, never compared
    private record Round(double tokensPerSecond, double[] idleShares) {}

    /** Prints a table in Markdown, then one line of JSON. */
    public static void main(String[] arguments) throws Exception {
        int cores = Math.min(4, Runtime.getRuntime().availableProcessors());
        List<Shape> shapes =
                List.of(
                        new Shape("1 agent", List.of(IntStream.range(0, cores).boxed().toList())),
                        shape(2, cores),
                        shape(4, cores));
        List<Pipeline> pipelines = new ArrayList<>();
        try {
            for (Shape shape : shapes) {
                pipelines.add(new Pipeline(shape.cores(), REQUESTS));
            }
            List<List<Round>> rounds = new ArrayList<>();
            shapes.forEach(shape -> rounds.add(new ArrayList<>()));
            for (int round = 0; round < WARM_UP + ROUNDS; round++) {
                for (int i = 0; i < pipelines.size(); i++) {
                    Round measured = round(pipelines.get(i), round);
                    System.err.println(
                            String.format(
                                    Locale.ROOT,
                                    "round %d, %s: %.0f tokens/s",
                                    round,
                                    shapes.get(i).name(),
                                    measured.tokensPerSecond()));
                    if (round >= WARM_UP) {
                        rounds.get(i).add(measured);
                    }
                }
            }
            print(shapes, rounds.stream().map(PipelineBench::median).toList(), cores);
        } finally {
            for (Pipeline pipeline : pipelines) {
                pipeline.close();
            }
        }
    }

    /** Neighbouring stages share cores where there are fewer cores than stages. */
    private static Shape shape(int stages, int cores) {
        List<List<Integer>> own = new ArrayList<>();
        for (int i = 0; i < stages; i++) {
            int first = i * cores / stages;
            int end = Math.max(first + 1, (i + 1) * cores / stages);
            own.add(IntStream.range(first, end).boxed().toList());
        }
        return new Shape(stages + " agents", own);
    }

    private static Round round(Pipeline pipeline, int seed)
            throws ExecutionException, IOException, InterruptedException {
        // A stage tells of its wait when it ends: what it waited between the rounds does not count.
        tokens(pipeline.gateway(), seed * REQUESTS, 1);
        double[] idleBefore = idle(pipeline);
        long from = System.nanoTime();
        int tokens = 0;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                int own = seed * REQUESTS + i;
                answers.add(callers.submit(() -> tokens(pipeline.gateway(), own, TOKENS)));
            }
            for (Future<Integer> answer : answers) {
                tokens += answer.get();
            }
        }
        double seconds = (System.nanoTime() - from) / 1e9;
        double[] shares = idle(pipeline);
        for (int i = 0; i < shares.length; i++) {
            shares[i] = (shares[i] - idleBefore[i]) / seconds;
        }
        return new Round(tokens / seconds, shares);
    }

    private static double[] idle(Pipeline pipeline) throws IOException, InterruptedException {
        double[] seconds = new double[pipeline.agents().size()];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = pipeline.agents().get(i).metric("assay_stage_idle_seconds_total", "");
        }
        return seconds;
    }

    private static int tokens(FakeGateway gateway, int seed, int most) {
        return gateway.generate(Pipeline.request(PROMPT, most, 1 + seed))
                .last()
                .getFinished()
                .getCompletionTokens();
    }

    private static Round median(List<Round> rounds) {
        double[] rates = rounds.stream().mapToDouble(Round::tokensPerSecond).sorted().toArray();
        double[] shares = new double[rounds.getFirst().idleShares().length];
        for (int i = 0; i < shares.length; i++) {
            int stage = i;
            double[] all = rounds.stream().mapToDouble(r -> r.idleShares()[stage]).toArray();
            Arrays.sort(all);
            shares[i] = all[all.length / 2];
        }
        return new Round(rates[rates.length / 2], shares);
    }

    private static void print(List<Shape> shapes, List<Round> medians, int cores) {
        StringBuilder out = new StringBuilder();
        StringBuilder json = new StringBuilder("{\"cores\":" + cores + ",\"shapes\":[");
        out.append("| pipeline | tokens/s | of one agent | idle share of each stage |\n");
        out.append("| --- | ---: | ---: | --- |\n");
        double one = medians.getFirst().tokensPerSecond();
        for (int i = 0; i < shapes.size(); i++) {
            Round median = medians.get(i);
            List<String> idle = new ArrayList<>();
            for (double share : median.idleShares()) {
                idle.add(String.format(Locale.ROOT, "%.2f", share));
            }
            double ratio = median.tokensPerSecond() / one;
            String all = String.join(", ", idle);
            out.append(
                    String.format(
                            Locale.ROOT,
                            "| %s, cores %s | %.0f | %.2f | %s |%n",
                            shapes.get(i).name(),
                            shapes.get(i).cores(),
                            median.tokensPerSecond(),
                            ratio,
                            all));
            json.append(
                    String.format(
                            Locale.ROOT,
                            "%s{\"stages\":%d,\"tokens_per_second\":%.1f,\"ratio\":%.3f,\"idle\":[%s]}",
                            i == 0 ? "" : ",",
                            shapes.get(i).cores().size(),
                            median.tokensPerSecond(),
                            ratio,
                            all));
        }
        System.out.println(out);
        System.out.println(json.append("]}"));
    }
}
