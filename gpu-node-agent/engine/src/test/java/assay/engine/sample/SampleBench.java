package assay.engine.sample;

import assay.engine.ReferenceModel;
import assay.engine.sample.constrain.ConstraintSpec;
import assay.engine.sample.constrain.ConstraintState;
import assay.engine.sample.constrain.TokenConstraint;
import assay.engine.sample.constrain.TokenMask;
import assay.engine.sample.constrain.Vocabulary;
import assay.engine.tokenizer.TokenVocabulary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * What sampling costs at a vocabulary of 128,000, and masks at the vocabulary of the reference
 * model or of a folder with a tokenizer.json that is named. Medians of many calls, each over other
 * logits or another place of a text, since a repeated one would flatter branches and caches.
 */
public final class SampleBench {
    private static final int SIZE = 128_000;
    private static final int ROWS = 16;
    private static final int CALLS = 1_000;
    private static final double NANOS_PER_MICRO = 1e3;

    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"verdict\":{\"enum\":[\"proved\",\"refuted\","
                    + "\"undecided\"]},\"defects\":{\"type\":\"array\",\"maxItems\":20,\"items\":"
                    + "{\"type\":\"object\",\"properties\":{\"line\":{\"type\":\"integer\","
                    + "\"minimum\":1,\"maximum\":99999},\"message\":{\"type\":\"string\","
                    + "\"maxLength\":200}},\"required\":[\"line\",\"message\"]}}},"
                    + "\"required\":[\"verdict\",\"defects\"]}";

    private static final String GRAMMAR =
            """
            root ::= expr
            expr ::= term (" "? [-+*/] " "? term)*
            term ::= number | name ("(" (expr (", " expr)*)? ")")? | "(" expr ")"
            number ::= "0" | [1-9] [0-9]{0,9}
            name ::= [a-zA-Z_] [a-zA-Z0-9_]{0,30}
            """;

    private static final String ANSWER =
            "{\"verdict\": \"refuted\", \"defects\": [{\"line\": 12, \"message\": \"index may be"
                    + " negative when the list is empty\"}, {\"line\": 340, \"message\":"
                    + " \"the result is never used\"}]}";

    private static final int MASK_ROUNDS = 8;

    private SampleBench() {}

    public static void main(String[] args) {
        sampling();
        Path folder = args.length > 0 ? Path.of(args[0]) : ReferenceModel.folder();
        TokenVocabulary tokens = TokenVocabulary.open(folder);
        long begin = System.nanoTime();
        Vocabulary vocabulary = Vocabulary.of(tokens.bytes(tokens.end() + 1), Set.of(tokens.end()));
        System.out.printf(
                "vocabulary of %d tokens: tree in %.0f ms%n",
                vocabulary.size(), (System.nanoTime() - begin) / 1e6);
        byte[][] bytes = tokens.bytes(vocabulary.size());
        masks(
                "regex",
                new ConstraintSpec.Regex("[A-Z][a-z]+ \\d{4}-\\d{2}: .{1,80}"),
                "Report 2024-07: revenue rose by 8 % against the year before",
                vocabulary,
                bytes);
        masks("schema", new ConstraintSpec.JsonSchema(SCHEMA), ANSWER, vocabulary, bytes);
        masks("any object", new ConstraintSpec.JsonObject(), ANSWER, vocabulary, bytes);
        masks(
                "grammar",
                new ConstraintSpec.Grammar(GRAMMAR),
                "f(x1, (a + 3) * max(12, g(y))) - total / (count + 1)",
                vocabulary,
                bytes);
    }

    private static void sampling() {
        Sampler sampler = new Sampler(SIZE);
        float[][] rows = new float[ROWS][SIZE];
        Random random = new Random(1);
        for (float[] row : rows) {
            for (int id = 0; id < SIZE; id++) {
                row[id] = (float) (2.5 * random.nextGaussian());
            }
            for (int rank = 1; rank <= 60; rank++) {
                row[random.nextInt(SIZE)] =
                        (float) (18 - 1.5 * Math.log(rank) - random.nextDouble());
            }
        }
        int[] prompt = random.ints(2_000, 0, SIZE).toArray();
        TokenHistory history = TokenHistory.of(prompt, Arrays.copyOf(prompt, 200));
        TokenMask mask = TokenMask.of(SIZE, random.ints(SIZE / 2, 0, SIZE).toArray());
        SamplingParams plain = new SamplingParams(0.8f, 1, 0, 3);
        Map<String, SamplingParams> cases =
                Map.of(
                        "1 greedy",
                        SamplingParams.GREEDY,
                        "2 greedy, top 20",
                        SamplingParams.GREEDY.withTopLogProbs(20),
                        "3 temperature 0.8",
                        plain,
                        "4 top-p 0.9",
                        new SamplingParams(0.8f, 0.9f, 0, 3),
                        "5 top-k 50",
                        new SamplingParams(0.8f, 1, 50, 3),
                        "6 top-k 50, top-p 0.9",
                        new SamplingParams(0.8f, 0.9f, 50, 3),
                        "7 min-p 0.05",
                        plain.withCut(new Cut(0.05f, 0, 1)),
                        "8 flat, top-p 0.95",
                        new SamplingParams(8, 0.95f, 0, 3));
        new TreeMap<>(cases)
                .forEach((name, params) ->
                        report(name, i -> sampler.sample(rows[i % ROWS], params, i)));
        SamplingParams penalised =
                new SamplingParams(0.8f, 0.9f, 0, 3).withPenalties(new Penalties(1.1f, 0.1f, 0));
        report(
                "9 penalties, top-p 0.9",
                i -> sampler.sample(rows[i % ROWS], penalised, history, i, null));
        report(
                "10 mask of half, top-k 50",
                i ->
                        sampler.sample(
                                rows[i % ROWS], new SamplingParams(0.8f, 1, 50, 3), null, i, mask));
    }

    private static void report(String name, IntFunction<Sampled> call) {
        double[] micros = new double[CALLS];
        long ids = 0;
        for (int i = 0; i < CALLS; i++) {
            long begin = System.nanoTime();
            ids += call.apply(i).id();
            micros[i] = (System.nanoTime() - begin) / NANOS_PER_MICRO;
        }
        Arrays.sort(micros, CALLS / 2, CALLS); // the first half warmed up
        System.out.printf("%-26s %8.0f us (ids %x)%n", name, micros[CALLS / 2 + CALLS / 20], ids);
    }

    /** The masks on the way through a text, spelled by the longest tokens that fit. */
    private static void masks(
            String name, ConstraintSpec spec, String text, Vocabulary vocabulary, byte[][] tokens) {
        List<Double> fresh = new ArrayList<>();
        List<Double> known = new ArrayList<>();
        double compiled = Double.MAX_VALUE;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int count = 0;
        for (int round = 0; round < MASK_ROUNDS; round++) {
            long begin = System.nanoTime();
            TokenConstraint constraint = TokenConstraint.compile(spec, vocabulary);
            compiled = Math.min(compiled, (System.nanoTime() - begin) / NANOS_PER_MICRO);
            ConstraintState state = constraint.start();
            int at = 0;
            for (count = 0; at < bytes.length; count++) {
                for (List<Double> into : List.of(fresh, known)) {
                    begin = System.nanoTime();
                    TokenMask mask = state.mask();
                    double micros = (System.nanoTime() - begin) / NANOS_PER_MICRO;
                    if (round == 0) {
                        into.add(micros);
                    } else {
                        into.set(count, Math.min(into.get(count), micros));
                    }
                    if (mask.count() == 0) {
                        throw new IllegalStateException("mask: empty");
                    }
                }
                int id = longest(state.mask(), bytes, at, tokens);
                state.accept(id);
                at += tokens[id].length;
            }
        }
        double sum = fresh.stream().mapToDouble(Double::doubleValue).sum();
        fresh.sort(null);
        known.sort(null);
        System.out.printf(
                "%-10s compiled in %6.0f us; %d masks, first time: mean %.0f us, median %.0f us, most"
                        + " %.0f us; again: %.2f us%n",
                name,
                compiled,
                count,
                sum / count,
                fresh.get(count / 2),
                fresh.getLast(),
                known.get(count / 2));
    }

    private static int longest(TokenMask mask, byte[] text, int at, byte[][] tokens) {
        int best = -1;
        for (int id = mask.next(0); id >= 0; id = mask.next(id + 1)) {
            byte[] token = tokens[id];
            int end = at + token.length;
            if (end <= text.length
                    && Arrays.equals(text, at, end, token, 0, token.length)
                    && (best < 0 || token.length > tokens[best].length)) {
                best = id;
            }
        }
        if (best < 0) {
            throw new IllegalStateException("text at byte " + at + ": not allowed");
        }
        return best;
    }
}
