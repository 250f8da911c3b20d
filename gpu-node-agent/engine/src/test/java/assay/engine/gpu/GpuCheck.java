package assay.engine.gpu;

import assay.engine.Distances;
import assay.engine.LocalPipeline;
import assay.engine.ModelFixtures;
import assay.engine.ModelFixtures.Golden;
import assay.engine.ReferenceModel;
import assay.engine.kernel.cuda.driver.GpuDevice;
import assay.engine.kernel.cuda.driver.GpuDriver;
import assay.engine.kernel.cuda.driver.LibrarySearch;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Every model of a folder and the reference model on the GPU of this machine, against their golden
 * logits: whole, in two and four stages, alone and 64 sequences at once. Prints a table; the exit
 * code says whether all is within bounds.
 */
public final class GpuCheck {
    private static final double BOUND = 2e-2;
    private static final StageConfig CONFIG = new StageConfig(8_192, 64, 512);
    private static final int[] STAGES = {1, 2, 4};

    private final String device;
    private int failures;

    private GpuCheck(String device) {
        this.device = device;
    }

    /**
     * Runs it.
     *
     * @param args a folder of model fixtures, then the device, for example {@code cuda:0}, then the
     *     commit that runs
     */
    public static void main(String[] args) throws IOException {
        String device = args.length > 1 ? args[1] : "cuda";
        GpuCheck check = new GpuCheck(device);
        describe(args.length > 2 ? args[2] : "unknown");
        System.out.println(
                "| model | stages | relative L2 | median token | decoded | greedy missed | split same bits | 64 at once missed | repeatable | ms |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        try (Stream<Path> folders = Files.list(Path.of(args[0]))) {
            for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                check.fixture(folder);
            }
        }
        check.reference();
        System.out.println(check.failures == 0 ? "all within bounds" : check.failures + " failed");
        System.exit(check.failures == 0 ? 0 : 1);
    }

    private static void describe(String commit) {
        if (System.getProperty("assay.gpu.check.cpu") != null) {
            return; // a trial of this program where there is no GPU
        }
        GpuDriver driver = GpuDriver.open(LibrarySearch.ofMachine());
        for (GpuDevice gpu : driver.devices()) {
            System.out.printf(
                    Locale.ROOT,
                    "device %d: %s, %.1f GiB, compute capability %d.%d, %d multiprocessors%n",
                    gpu.ordinal(),
                    gpu.name(),
                    gpu.memoryBytes() / (double) (1 << 30),
                    gpu.major(),
                    gpu.minor(),
                    gpu.multiprocessors());
        }
        System.out.printf(
                Locale.ROOT,
                "driver for CUDA %d.%d, %s, commit %s%n%n",
                driver.version() / 1000,
                driver.version() % 1000 / 10,
                LocalDate.now(ZoneOffset.UTC),
                commit);
    }

    private void fixture(Path folder) throws IOException {
        List<Golden> goldens = ModelFixtures.goldens(folder);
        List<List<float[]>> whole = new ArrayList<>();
        for (int stages : STAGES) {
            String name = "%s | %d".formatted(folder.getFileName(), stages);
            long from = System.nanoTime();
            try (var pipeline = new LocalPipeline(folder, device, stages, CONFIG)) {
                row(name, pipeline, goldens, whole, from);
            } catch (RuntimeException e) {
                failed(name, e);
            }
        }
        if (chooses(ModelSpec.read(folder))) {
            layers(folder, goldens);
        }
    }

    /**
     * A mixture of experts: a rounding may send a token to another expert, and then no bound holds
     * for it or for what follows it. So each layer is compared on the same input.
     */
    private void layers(Path folder, List<Golden> goldens) {
        ModelSpec spec = ModelSpec.read(folder);
        int count = spec.layerCount();
        String name = "%s | each of %d layers".formatted(folder.getFileName(), count);
        try (var pipeline = new LocalPipeline(folder, device, count, CONFIG);
                var exact = new LocalPipeline(folder, "cpu", count, CONFIG)) {
            var layers = new GoldenRun(pipeline, goldens).layerByLayer(exact, BOUND);
            boolean good = layers.within(BOUND);
            failures += good ? 0 : 1;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | | %.2e | | tokens above %.0e: %d of %d | | | | |%s%n",
                    name,
                    layers.median(),
                    BOUND,
                    layers.apart(),
                    layers.compared(),
                    good ? "" : " <- FAILED");
        } catch (RuntimeException e) {
            failed(name, e);
        }
    }

    private static boolean chooses(ModelSpec spec) {
        return spec.layers().stream()
                .anyMatch(layer -> layer.feedForward() instanceof FeedForwardSpec.Experts);
    }

    private void row(
            String name,
            LocalPipeline pipeline,
            List<Golden> goldens,
            List<List<float[]>> whole,
            long from) {
        GoldenRun run = new GoldenRun(pipeline, goldens);
        boolean chooses = chooses(pipeline.spec());
        GoldenRun.Outcome alone = run.alone(false);
        GoldenRun.Outcome decoded = run.alone(true);
        double apart = run.decodeAgainstPrompt();
        List<List<float[]>> rows = goldens.stream().map(g -> run.whole(g.prompt())).toList();
        boolean same = whole.isEmpty() || same(whole, rows);
        if (whole.isEmpty()) {
            whole.addAll(rows);
        }
        GoldenRun.Together together = run.together();
        boolean close = apart < BOUND && alone.within(BOUND) && decoded.within(BOUND);
        boolean good =
                same && together.missed() == 0 && together.repeatable() && (chooses || close);
        failures += good ? 0 : 1;
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2e | %.2e | %.2e | %d + %d of %d | %s | %d of %d | %s | %d |%s%n",
                name,
                alone.relative(),
                alone.median(),
                apart,
                alone.missed(),
                decoded.missed(),
                alone.compared() + decoded.compared(),
                same ? "yes" : "NO",
                together.missed(),
                together.steps(),
                together.repeatable() ? "yes" : "NO",
                (System.nanoTime() - from) / 1_000_000,
                good ? "" : " <- FAILED");
    }

    private static boolean same(List<List<float[]>> expected, List<List<float[]>> actual) {
        for (int i = 0; i < expected.size(); i++) {
            for (int t = 0; t < expected.get(i).size(); t++) {
                if (!Arrays.equals(expected.get(i).get(t), actual.get(i).get(t))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The prompts and the greedy continuation, teacher-forced. */
    private void reference() throws IOException {
        List<ReferenceModel.Golden> goldens = ReferenceModel.goldens();
        for (int stages : STAGES) {
            String name = "reference model | " + stages;
            long from = System.nanoTime();
            try (var pipeline =
                    new LocalPipeline(ReferenceModel.folder(), device, stages, CONFIG)) {
                GoldenRun run = new GoldenRun(pipeline, List.of());
                double worst = 0;
                int missed = 0;
                int steps = 0;
                for (ReferenceModel.Golden golden : goldens) {
                    int prompt = golden.promptIds().length;
                    int[] ids =
                            Arrays.copyOf(golden.promptIds(), prompt + golden.greedyIds().length);
                    System.arraycopy(golden.greedyIds(), 0, ids, prompt, golden.greedyIds().length);
                    List<float[]> rows = run.oneByOne(ids, prompt);
                    float[][] expected = {golden.logits()};
                    List<float[]> last = List.of(rows.get(prompt - 1));
                    worst = Math.max(worst, Distances.relative(last, expected));
                    double error = Distances.largest(last, expected);
                    for (int i = 0; i < golden.greedyIds().length; i++, steps++) {
                        float[] row = rows.get(prompt - 1 + i);
                        float best = row[Distances.likeliest(row)];
                        missed += best - row[golden.greedyIds()[i]] > 2 * error ? 1 : 0;
                    }
                    pipeline.stages().forEach(Stage::reset);
                }
                boolean good = worst < BOUND && missed == 0;
                failures += good ? 0 : 1;
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.2e | | | %d of %d | | | | %d |%s%n",
                        name,
                        worst,
                        missed,
                        steps,
                        (System.nanoTime() - from) / 1_000_000,
                        good ? "" : " <- FAILED");
            } catch (RuntimeException e) {
                failed(name, e);
            }
        }
    }

    private void failed(String name, RuntimeException e) {
        failures++;
        System.out.printf("| %s | FAILED: %s |%n", name, e);
        e.printStackTrace(System.out);
    }
}
