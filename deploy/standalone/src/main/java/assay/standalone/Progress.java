package assay.standalone;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/** Says what happens, one line a step, with the seconds since the start. Thread-safe. */
final class Progress {
    private final PrintStream out;
    private final InstantSource clock;
    private final Instant start;

    Progress(PrintStream out, InstantSource clock) {
        this.out = out;
        this.clock = clock;
        this.start = clock.instant();
    }

    /** A step begins, or something happened. */
    void line(String text) {
        out.println(
                String.format(Locale.ROOT, "[%6.1f s] %s", elapsed().toMillis() / 1000.0, text));
        out.flush();
    }

    /** Text for the person, without a time in front. */
    void plain(String text) {
        out.println(text);
        out.flush();
    }

    Duration elapsed() {
        return Duration.between(start, clock.instant());
    }
}
