package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.Dequantizer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where the matrix of one expert stands when those of all experts are one tensor: outermost the
 * expert, then its rows. GGUF has one such tensor for each of the three matrices, {@code *} in the
 * place of the expert's number. Transformers 5 has two, the rows of the gate before those of the
 * other way up in {@code gate_up_proj}, for all families alike. Source: {@code
 * conversion_mapping.py} and {@code integrations/finegrained_fp8.py} of transformers.
 *
 * @param stack the tensor of all experts
 * @param expert which one
 * @param part which of {@code parts} equal runs of its rows
 */
record ExpertSlice(String stack, int expert, int part, int parts) {
    private static final Pattern ONE = Pattern.compile("(.*\\.experts\\.)(\\d{1,6})(\\..*)");
    private static final Pattern HALF =
            Pattern.compile(
                    "(.*\\.)(?:mlp|block_sparse_moe)\\.experts\\.(\\d{1,6})"
                            + "\\.(gate_proj|up_proj|down_proj|w1|w3|w2)\\.weight(|_scale_inv)");

    /** The places where a tensor of that name may be; none for one that is not an expert's. */
    static List<ExpertSlice> of(String name) {
        Matcher one = ONE.matcher(name);
        if (!one.matches()) {
            return List.of();
        }
        int expert = Integer.parseInt(one.group(2));
        var whole = new ExpertSlice(one.group(1) + "*" + one.group(3), expert, 0, 1);
        Matcher half = HALF.matcher(name);
        if (!half.matches()) {
            return List.of(whole);
        }
        String stacks = half.group(1) + "mlp.experts.";
        String end = half.group(4);
        ExpertSlice fused =
                switch (half.group(3)) {
                    case "gate_proj", "w1" ->
                            new ExpertSlice(stacks + "gate_up_proj" + end, expert, 0, 2);
                    case "up_proj", "w3" ->
                            new ExpertSlice(stacks + "gate_up_proj" + end, expert, 1, 2);
                    default -> new ExpertSlice(stacks + "down_proj" + end, expert, 0, 1);
                };
        return List.of(whole, fused);
    }

    /** The slice, sharing memory. */
    TensorView of(TensorView all) {
        List<Long> shape = all.shape();
        if (shape.size() < 2 || expert >= shape.getFirst() || shape.get(1) % parts != 0) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: tensor %s of shape %s holds no expert %d"
                            .formatted(all.file(), all.name(), shape, expert));
        }
        long bytes = all.data().byteSize() / shape.getFirst() / parts;
        List<Long> own =
                Stream.concat(
                                Stream.of(shape.get(1) / parts),
                                shape.subList(2, shape.size()).stream())
                        .toList();
        return new TensorView(
                "%s, expert %d".formatted(all.name(), expert),
                all.file(),
                all.type(),
                own,
                all.data().asSlice(((long) expert * parts + part) * bytes, bytes));
    }

    /**
     * Refuses a slice that begins or ends within a block of 128 rows, which have one scale, where
     * another of the same expert stands.
     *
     * @param slice of this place
     */
    void requireWholeBlocks(TensorView slice) {
        if (parts > 1 && slice.shape().getFirst() % Dequantizer.SCALE_BLOCK != 0) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    ("%s: tensor %s has both halves in one block of scales, %d rows each (expected:"
                                    + " multiples of %d, or a tensor for each expert, as"
                                    + " save_pretrained with save_original_format=True writes them)")
                            .formatted(
                                    slice.file(),
                                    stack,
                                    slice.shape().getFirst(),
                                    Dequantizer.SCALE_BLOCK));
        }
    }
}
