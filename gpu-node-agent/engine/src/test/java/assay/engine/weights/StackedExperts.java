package assay.engine.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** A model folder written again with the experts of each layer stacked, as transformers 5 can. */
public final class StackedExperts {
    private static final Pattern EXPERT =
            Pattern.compile(
                    "(.*)\\.(?:mlp|block_sparse_moe)\\.experts\\.(\\d+)\\.(.*)\\.weight(|_scale_inv)");

    /** One tensor of the new file: parts of old ones, one after the other. */
    private record Stack(List<TensorView> parts, int experts) {
        List<Long> shape() {
            List<Long> one = parts.getFirst().shape();
            return experts == 0
                    ? one
                    : List.of(
                            (long) experts, one.getFirst() * (parts.size() / experts), one.get(1));
        }

        long bytes() {
            return parts.stream().mapToLong(part -> part.data().byteSize()).sum();
        }
    }

    private StackedExperts() {}

    /** Writes the folder's config and weights. */
    public static void write(Path from, Path into) throws IOException {
        Files.copy(from.resolve("config.json"), into.resolve("config.json"));
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            Map<String, Stack> stacks = new TreeMap<>();
            for (String name : checkpoint.names()) {
                Matcher expert = EXPERT.matcher(name);
                if (!expert.matches()) {
                    String other = name.replace(".block_sparse_moe.gate.", ".mlp.gate.");
                    stacks.put(other, new Stack(List.of(checkpoint.tensor(name)), 0));
                } else if (expert.group(2).equals("0")) {
                    switch (expert.group(3)) {
                        case "gate_proj" -> stack(checkpoint, expert, "up_proj", stacks);
                        case "w1" -> stack(checkpoint, expert, "w3", stacks);
                        case "down_proj", "w2" -> stack(checkpoint, expert, "", stacks);
                        default -> {}
                    }
                }
            }
            write(into.resolve("model.safetensors"), stacks);
        }
    }

    private static void stack(
            Checkpoint checkpoint, Matcher first, String second, Map<String, Stack> stacks) {
        List<TensorView> parts = new ArrayList<>();
        int count = 0;
        while (checkpoint.has(named(first, count, first.group(3)))) {
            parts.add(checkpoint.tensor(named(first, count, first.group(3))));
            if (!second.isEmpty()) {
                parts.add(checkpoint.tensor(named(first, count, second)));
            }
            count++;
        }
        String name = second.isEmpty() ? "down_proj" : "gate_up_proj";
        stacks.put(
                first.group(1) + ".mlp.experts." + name + first.group(4), new Stack(parts, count));
    }

    private static String named(Matcher first, int expert, String part) {
        String block = first.group(3).startsWith("w") ? "block_sparse_moe" : "mlp";
        return "%s.%s.experts.%d.%s.weight%s"
                .formatted(first.group(1), block, expert, part, first.group(4));
    }

    private static void write(Path file, Map<String, Stack> stacks) throws IOException {
        Map<String, Object> header = new TreeMap<>();
        long end = 0;
        for (Map.Entry<String, Stack> named : stacks.entrySet()) {
            Stack stack = named.getValue();
            long begin = end;
            end += stack.bytes();
            header.put(
                    named.getKey(),
                    Map.of(
                            "dtype",
                            stack.parts().getFirst().type().name(),
                            "shape",
                            stack.shape(),
                            "data_offsets",
                            List.of(begin, end)));
        }
        byte[] json = new JsonMapper().writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(length.putLong(json.length).array());
            out.write(json);
            for (Stack stack : stacks.values()) {
                for (TensorView part : stack.parts()) {
                    out.write(part.data().toArray(ValueLayout.JAVA_BYTE));
                }
            }
        }
    }
}
