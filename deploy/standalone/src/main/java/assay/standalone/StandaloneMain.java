package assay.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The launcher's commands: {@code up} and {@code down}. Start it by the script {@code assay}. */
public final class StandaloneMain {
    private static final String SUPERVISE = "--supervise";

    private StandaloneMain() {}

    /**
     * Ends the process with 0, or with {@link ErrorCode#exitStatus} and one line on standard error.
     */
    public static void main(String[] arguments) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(run(Arrays.asList(arguments)));
    }

    private static int run(List<String> arguments) {
        try {
            if (arguments.isEmpty()) {
                throw UpOptions.usage("a command is missing (expected: up or down)");
            }
            List<String> rest = arguments.subList(1, arguments.size());
            return switch (arguments.getFirst()) {
                case "up" -> up(rest);
                case "down" -> Shutdown.of(dataOption(rest)).run(progress());
                default ->
                        throw UpOptions.usage(
                                arguments.getFirst() + ": unknown command (expected: up or down)");
            };
        } catch (StandaloneException e) {
            System.err.println("assay: " + e.getMessage());
            return e.code().exitStatus();
        } catch (IOException e) {
            System.err.println("assay: " + DataFolder.reason(e));
            return ErrorCode.DISK.exitStatus();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ErrorCode.STOPPED.exitStatus();
        }
    }

    private static int up(List<String> arguments) throws IOException, InterruptedException {
        if (arguments.contains(SUPERVISE)) {
            List<String> rest = arguments.stream().filter(a -> !a.equals(SUPERVISE)).toList();
            return new Installation(UpOptions.parse(rest), Home.fromSystemProperty(), progress())
                    .run();
        }
        UpOptions options = UpOptions.parse(arguments);
        if (options.detach()) {
            return new DetachedStart(options).run(arguments, System.out);
        }
        return new Installation(options, Home.fromSystemProperty(), progress()).run();
    }

    private static Progress progress() {
        return new Progress(System.out, InstantSource.system());
    }

    private static Path dataOption(List<String> arguments) {
        Deque<String> rest = new ArrayDeque<>(arguments);
        Path data = UpOptions.DEFAULT_DATA;
        while (!rest.isEmpty()) {
            String option = UpOptions.splitOption(rest);
            if (!option.equals("--data")) {
                throw UpOptions.usage(option + ": unknown option of down (expected: --data DIR)");
            }
            data = Path.of(UpOptions.value(option, rest));
        }
        return data.toAbsolutePath().normalize();
    }
}
