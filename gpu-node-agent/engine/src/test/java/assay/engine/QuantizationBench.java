package assay.engine;

import assay.engine.batch.BatchConfig;
import assay.engine.batch.SequenceRequest;
import assay.engine.sample.SamplingParams;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.StageConfig;
import assay.engine.tokenizer.Tokenizer;
import assay.engine.weights.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What smaller weights cost: the reference model with its weights as stored, in eight and in four
 * bits, on the public statements that came with it. For each: bytes, the mean negative logarithm of
 * the set's own answers token by token, and how many greedy answers are the set's own and how many
 * those of the stored weights, text for text. An argument N takes every Nth statement only.
 */
public final class QuantizationBench {
    private static final List<String> TASKS =
            List.of("theorem-A", "theorem-B", "theorem-C", "code", "consistency");
    private static final int CONTEXT = 1_024;
    private static final int ANSWER_TOKENS = 160;

    private QuantizationBench() {}

    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    private record Case(int[] prompt, int[] answer) {}

    private record Outcome(long bytes, double nats, List<List<Integer>> greedy) {}

    public static void main(String[] args) throws IOException {
        Path folder = ReferenceModel.folder();
        Map<String, Object> summary = new LinkedHashMap<>();
        List<Case> cases;
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            cases = cases(folder.resolve("eval"), tokenizer);
        }
        int every = args.length == 0 ? 1 : Integer.parseInt(args[0]);
        List<Case> chosen =
                IntStream.range(0, cases.size())
                        .filter(i -> i % every == 0)
                        .mapToObj(cases::get)
                        .toList();
        System.out.printf("%d statements%n", chosen.size());
        System.out.println(
                "| weights | bytes | nats a token | answers of the set | answers as stored |");
        System.out.println("| --- | ---: | ---: | ---: | ---: |");
        Outcome stored = null;
        for (WeightType type : WeightType.values()) {
            Outcome outcome = run(folder, type, chosen);
            stored = stored == null ? outcome : stored;
            double right =
                    share(outcome.greedy(), chosen.stream().map(QuantizationBench::ids).toList());
            double same = share(outcome.greedy(), stored.greedy());
            String name = type.name().toLowerCase(Locale.ROOT);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.4f | %.1f%% | %.1f%% |%n",
                    name,
                    outcome.bytes(),
                    outcome.nats(),
                    100 * right,
                    100 * same);
            summary.put(
                    name,
                    Map.of(
                            "bytes",
                            outcome.bytes(),
                            "nats_per_token",
                            outcome.nats(),
                            "as_the_set",
                            right,
                            "as_stored",
                            same));
        }
        System.out.println(JsonMapper.shared().writeValueAsString(summary));
    }

    private static List<Integer> ids(Case one) {
        return Arrays.stream(one.answer()).boxed().toList();
    }

    private static double share(List<List<Integer>> some, List<List<Integer>> others) {
        int same = 0;
        for (int i = 0; i < some.size(); i++) {
            same += some.get(i).equals(others.get(i)) ? 1 : 0;
        }
        return (double) same / some.size();
    }

    private static List<Case> cases(Path eval, Tokenizer tokenizer) throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String task : TASKS) {
            for (String line : Files.readAllLines(eval.resolve(task + ".jsonl"))) {
                JsonNode json = JsonMapper.shared().readTree(line);
                int[] prompt = tokenizer.encode(json.path("prompt").asString());
                int[] answer = tokenizer.encode(json.path("answer").asString());
                cases.add(new Case(prompt, answer));
            }
        }
        return cases;
    }

    private static Outcome run(Path folder, WeightType type, List<Case> cases) {
        StageConfig config = new StageConfig(16 * CONTEXT, 16, 512, type);
        try (LocalPipeline pipeline = new LocalPipeline(folder, "cpu", 1, config)) {
            long bytes = pipeline.stages().getFirst().weightBytes();
            double nats = nats(pipeline, cases);
            List<SequenceRequest> requests = new ArrayList<>();
            for (Case one : cases) {
                requests.add(
                        new SequenceRequest(
                                1_000L + requests.size(),
                                one.prompt(),
                                ANSWER_TOKENS,
                                SamplingParams.GREEDY,
                                pipeline.spec().eosIds()));
            }
            BatchConfig batch = new BatchConfig(512, 16, 1, requests.size(), 16 * CONTEXT, CONTEXT);
            List<List<Integer>> greedy =
                    pipeline.generate(batch, requests).stream()
                            .map(answer ->
                                    answer.ids().stream()
                                            .takeWhile(id -> !pipeline.spec().eosIds().contains(id))
                                            .toList())
                            .toList();
            return new Outcome(bytes, nats, greedy);
        }
    }

    /** Mean over all tokens of all answers. */
    private static double nats(LocalPipeline pipeline, List<Case> cases) {
        double sum = 0;
        long count = 0;
        for (Case one : cases) {
            int[] ids = Arrays.copyOf(one.prompt(), one.prompt().length + one.answer().length);
            System.arraycopy(one.answer(), 0, ids, one.prompt().length, one.answer().length);
            for (int from = 0; from < ids.length; from += 512) {
                int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + 512));
                List<Double> parts = new ArrayList<>();
                pipeline.run(
                        new MicroBatch(1, List.of(new Slice(1, from, part.length, false, null))),
                        part,
                        (id, position, row) -> {
                            if (position + 1 >= one.prompt().length && position + 1 < ids.length) {
                                parts.add(nats(row, ids[position + 1]));
                            }
                        });
                sum += parts.stream().mapToDouble(Double::doubleValue).sum();
                count += parts.size();
            }
            pipeline.stages().getFirst().release(List.of(1L));
        }
        return sum / count;
    }

    private static double nats(float[] logits, int id) {
        double largest = logits[Distances.likeliest(logits)];
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit - largest);
        }
        return largest + Math.log(total) - logits[id];
    }
}
