package assay.scheduler.sim.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * {@code ./assay bench placement}: without arguments the plans of a very large model and the cost
 * of decisions as a cluster grows; with {@code --nodes CSV --tasks CSV} the replay of a trace in
 * the OpenB format under every policy, {@code --json} for one line of JSON at the end.
 */
public final class PlacementBench {
    private static final int USAGE = 2;

    /**
     * Runs it.
     *
     * @param args as above
     */
    public static void main(String[] args) throws IOException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        String nodes = "";
        String tasks = "";
        boolean json = false;
        for (int index = 0; index < args.length; index++) {
            switch (args[index]) {
                case "--json" -> json = true;
                case "--nodes" -> nodes = value(args, ++index);
                case "--tasks" -> tasks = value(args, ++index);
                default -> usage(args[index] + ": unknown option");
            }
        }
        if (nodes.isEmpty() != tasks.isEmpty()) {
            usage("--nodes and --tasks: one without the other");
        }
        if (!nodes.isEmpty()) {
            try {
                new ReplayReport(out, json).print(Path.of(nodes), Path.of(tasks));
            } catch (IOException | IllegalArgumentException e) {
                usage(String.valueOf(e.getMessage()));
            }
            return;
        }
        new PlanReport(out).print();
        out.println();
        new ScaleReport(out).print();
    }

    private PlacementBench() {}

    private static String value(String[] args, int index) {
        if (index >= args.length) {
            usage(args[index - 1] + ": no value");
        }
        return args[index];
    }

    private static void usage(String why) {
        System.err.println("placement: " + why + " (expected: [--nodes CSV --tasks CSV [--json]])");
        System.exit(USAGE);
    }
}
