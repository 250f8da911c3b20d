package assay.engine.command;

import assay.engine.weights.WeightType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code model run} is asked for. Immutable.
 *
 * @param ids the prompt, or null when it is text
 * @param prompt the prompt as text, or null when it is ids
 * @param greedy tokens to generate
 * @param logits where to write them, or null
 * @param quantize what weights are kept in
 */
@SuppressWarnings("ArrayRecordComponent") // parsed once, never compared
record RunOptions(
        Path model,
        int @Nullable [] ids,
        @Nullable String prompt,
        int greedy,
        @Nullable Path logits,
        int stages,
        String backend,
        WeightType quantize,
        int threads) {
    private static final Set<String> NAMES =
            Set.of(
                    "--ids",
                    "--prompt",
                    "--greedy",
                    "--logits",
                    "--stages",
                    "--backend",
                    "--quantize",
                    "--threads");
    private static final String GREEDY_DEFAULT = "16";

    static RunOptions parse(List<String> args) {
        Map<String, String> given = new HashMap<>();
        String path = null;
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (!arg.startsWith("--")) {
                if (path != null) {
                    throw ModelMain.misuse(arg + ": a second model (expected: one)");
                }
                path = arg;
                continue;
            }
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (!NAMES.contains(name)) {
                throw ModelMain.misuse(name + ": unknown option of model run");
            }
            if (equals < 0 && i + 1 == args.size()) {
                throw ModelMain.misuse(name + ": no value (expected: one)");
            }
            given.put(name, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
        }
        if (path == null) {
            throw ModelMain.misuse("model: none given (expected: a folder or file)");
        }
        return of(Path.of(path), given);
    }

    private static RunOptions of(Path model, Map<String, String> given) {
        String ids = given.get("--ids");
        String prompt = given.get("--prompt");
        if ((ids == null) == (prompt == null)) {
            throw ModelMain.misuse("prompt: expected either --ids or --prompt");
        }
        String logits = given.get("--logits");
        String quantize = given.getOrDefault("--quantize", "none");
        String greedy = given.getOrDefault("--greedy", logits == null ? GREEDY_DEFAULT : "0");
        int processors = Runtime.getRuntime().availableProcessors();
        return new RunOptions(
                model,
                ids == null ? null : ids(ids),
                prompt,
                number("--greedy", greedy, 0),
                logits == null ? null : Path.of(logits),
                number("--stages", given.getOrDefault("--stages", "1"), 1),
                given.getOrDefault("--backend", "cpu"),
                weights(quantize),
                number("--threads", given.getOrDefault("--threads", "" + processors), 1));
    }

    private static WeightType weights(String quantize) {
        return switch (quantize) {
            case "none" -> WeightType.STORED;
            case "int8" -> WeightType.INT8;
            case "int4" -> WeightType.INT4;
            default ->
                    throw ModelMain.misuse(
                            "--quantize: " + quantize + " (expected: none, int8 or int4)");
        };
    }

    private static int[] ids(String list) {
        return Arrays.stream(list.split(",", -1))
                .mapToInt(id -> number("--ids", id.strip(), 0))
                .toArray();
    }

    private static int number(String name, String value, int least) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ModelMain.misuse(
                "%s: %s (expected: a whole number, at least %d)".formatted(name, value, least));
    }
}
