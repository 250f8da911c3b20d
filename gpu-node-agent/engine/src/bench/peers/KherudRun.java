import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * llama.cpp as de.kherud:llama brings it, as a contender: loads a model, prints {@code ready}, and
 * answers each line of its input with tokens a second. Run from source, against the peers' jars.
 *
 * <p>Arguments: the model, threads, prompt tokens, sequences, steps.
 */
public final class KherudRun {
    private static int promptTokens;
    private static int steps;

    /** When the first token came and the last. */
    private record Times(long first, long last, int promptTokens) {}

    private KherudRun() {}

    public static void main(String[] args) throws Exception {
        int threads = Integer.parseInt(args[1]);
        promptTokens = Integer.parseInt(args[2]);
        int sequences = Integer.parseInt(args[3]);
        steps = Integer.parseInt(args[4]);
        try (LlamaModel one = load(args[0], threads, 1);
                LlamaModel many = load(args[0], threads, sequences);
                var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                boolean single = line.endsWith("_1");
                System.out.println(
                        measure(single ? one : many, single ? 1 : sequences, line.startsWith("prefill")));
            }
        }
        System.exit(0);
    }

    private static LlamaModel load(String path, int threads, int sequences) {
        int context = sequences * (promptTokens / sequences + 2 * steps + 32);
        return new LlamaModel(
                new ModelParameters()
                        .setModel(path)
                        .setThreads(threads)
                        .setThreadsBatch(threads)
                        .setCtxSize(context)
                        .setBatchSize(promptTokens)
                        .setUbatchSize(promptTokens)
                        .setParallel(sequences)
                        .setGpuLayers(0)
                        .enableContBatching());
    }

    private static double measure(LlamaModel model, int sequences, boolean prefill) throws Exception {
        try (ExecutorService callers = Executors.newFixedThreadPool(sequences)) {
            long begin = System.nanoTime();
            List<Future<Times>> asked = new ArrayList<>();
            for (int s = 0; s < sequences; s++) {
                String prompt = prompt(s, promptTokens / sequences);
                asked.add(callers.submit(() -> ask(model, prompt, prefill ? 1 : steps + 1)));
            }
            long first = 0;
            long last = 0;
            long tokens = 0;
            for (Future<Times> future : asked) {
                Times times = future.get();
                first = Math.max(first, times.first());
                last = Math.max(last, times.last());
                tokens += times.promptTokens();
            }
            return prefill
                    ? tokens * 1e9 / (first - begin)
                    : (double) sequences * steps * 1e9 / (last - first);
        }
    }

    private static Times ask(LlamaModel model, String prompt, int tokens) {
        InferenceParameters parameters =
                new InferenceParameters(prompt)
                        .setNPredict(tokens)
                        .setTemperature(0)
                        .setIgnoreEos(true)
                        .setCachePrompt(false);
        long first = 0;
        for (LlamaOutput ignored : model.generate(parameters)) {
            first = first == 0 ? System.nanoTime() : first;
        }
        return new Times(first, System.nanoTime(), model.encode(prompt).length);
    }

    /** A token a character, but for the one that begins the text. */
    private static String prompt(int sequence, int tokens) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens - 1; i++) {
            text.append((char) ('A' + (i * 7 + sequence * 3 + i / 13) % 26));
        }
        return text.toString();
    }
}
