import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Jlama as a contender: loads a model, prints {@code ready}, and answers each line of its input
 * with tokens a second, or with {@code -} for many sequences at once, which it does not do. Run
 * from source, against the peers' jars.
 *
 * <p>Arguments: the model's folder, threads, prompt tokens, sequences, steps.
 */
public final class JlamaRun {
    private JlamaRun() {}

    public static void main(String[] args) throws Exception {
        int promptTokens = Integer.parseInt(args[2]);
        int steps = Integer.parseInt(args[4]);
        try (AbstractModel model =
                        ModelSupport.loadModel(
                                AbstractModel.InferenceType.FULL_GENERATION,
                                new File(args[0]),
                                null,
                                DType.F32,
                                DType.BF16,
                                Optional.empty(),
                                Optional.of(Integer.parseInt(args[1])),
                                Optional.empty(),
                                com.github.tjake.jlama.safetensors.SafeTensorSupport::loadWeights);
                KvBufferCache caches = new KvBufferCache(model);
                var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.endsWith("_1")) {
                    System.out.println("-");
                    continue;
                }
                try (KvBufferCache.KvBuffer cache = caches.getEphemeralKvBuffer()) {
                    System.out.println(
                            line.startsWith("prefill")
                                    ? prefill(model, cache, promptTokens)
                                    : decode(model, cache, promptTokens, steps));
                }
            }
        }
        System.exit(0);
    }

    private static double prefill(AbstractModel model, KvBufferCache.KvBuffer cache, int tokens) {
        int[] ids = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = (i * 7_919) % 30_000 + 300;
        }
        long begin = System.nanoTime();
        AbstractTensor last = model.batchForward(ids, 0, cache);
        model.getLogits(last.slice(last.shape().first() - 1));
        return tokens * 1e9 / (System.nanoTime() - begin);
    }

    private static double decode(
            AbstractModel model, KvBufferCache.KvBuffer cache, int promptTokens, int steps) {
        prefill(model, cache, promptTokens);
        long begin = 0;
        for (int step = 0; step <= steps; step++) {
            // The first step warms up.
            begin = step == 1 ? System.nanoTime() : begin;
            int id = step * 97 % 30_000 + 300;
            model.getLogits(model.forward(id, promptTokens + step, cache, Optional.empty()));
        }
        return steps * 1e9 / (System.nanoTime() - begin);
    }
}
