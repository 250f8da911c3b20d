package assay.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Breaks each part of a running instance of three agents in each way while texts are being written,
 * and tells what became of them.
 *
 * <p>{@code ./assay bench faults}: one row for each fault. A text that ends in an error or differs
 * from the undisturbed run's ends the run with exit 1. Needs the right to cut connections.
 */
final class FaultBench {
    private FaultBench() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Files.createTempDirectory("assay-faults");
        boolean all = true;
        try (RunningStack stack =
                RunningStack.start(data, "--agents", "3", "--elasticsearch", "off")) {
            var run = new FaultRun(stack);
            System.out.println("| fault | texts | longest pause s | without fault s |");
            System.out.println("| --- | --- | --- | --- |");
            for (Fault fault : faults()) {
                String text;
                try {
                    FaultRun.Result result = run.run(fault);
                    all &= result.same();
                    text =
                            "%s | %.2f | %.2f"
                                    .formatted(
                                            words(result),
                                            seconds(result.longestPause()),
                                            seconds(result.pauseWithout()));
                } catch (IllegalStateException e) {
                    all = false;
                    text = e.getMessage() + " | |";
                }
                System.out.println(String.format(Locale.ROOT, "| %s | %s |", fault, text));
            }
        }
        System.exit(all ? 0 : 1);
    }

    private static String words(FaultRun.Result result) {
        if (result.same()) {
            return "as undisturbed";
        }
        return result.answers().stream()
                .filter(it -> !it.error().isEmpty())
                .map(Streamed.Ended::error)
                .findFirst()
                .orElse("DIFFERENT");
    }

    static List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        for (Fault.Phase phase : Fault.Phase.values()) {
            for (Fault.Kind kind : Fault.Kind.values()) {
                for (Fault.Place place : Fault.Place.values()) {
                    faults.add(new Fault(kind, place, phase));
                }
            }
        }
        return faults;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
