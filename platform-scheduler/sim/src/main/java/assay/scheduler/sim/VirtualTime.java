package assay.scheduler.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that jumps from one thing to do to the next. Single-threaded. */
final class VirtualTime {
    private record Due(Instant at, long order, Runnable what) {}

    private final PriorityQueue<Due> dues =
            new PriorityQueue<>(Comparator.comparing(Due::at).thenComparingLong(Due::order));
    private Instant now = Instant.EPOCH.plus(Duration.ofDays(20_000));
    private long order;

    Instant now() {
        return now;
    }

    void after(Duration wait, Runnable what) {
        dues.add(new Due(now.plus(wait), order++, what));
    }

    /** Does everything that is due until then, calling {@code afterEach} after each. */
    void runUntil(Instant end, Runnable afterEach) {
        while (true) {
            Due next = dues.peek();
            if (next == null || next.at().isAfter(end)) {
                now = end;
                return;
            }
            dues.remove();
            now = next.at();
            next.what().run();
            afterEach.run();
        }
    }
}
