package assay.web.limits;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How long who was refused has to wait. Each try that comes too early doubles the wait, but never
 * beyond the limit's reset, counted from the refusal: so who keeps trying gains nothing by it, and
 * others behind the same address are not kept out for longer than one reset. Of the keys seen last;
 * thread-safe.
 */
final class GrowingDelay {
    private final Duration reset;
    private final LongSupplier nanoTime;
    private final Map<String, Wait> waits;

    /**
     * @param since the refusal
     * @param delay the last one that was told, in nanoseconds
     * @param until when the next try may come
     */
    private record Wait(long since, long delay, long until) {}

    GrowingDelay(Duration reset, int remembered, LongSupplier nanoTime) {
        this.reset = reset;
        this.nanoTime = nanoTime;
        this.waits =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Wait> eldest) {
                        return size() > remembered;
                    }
                };
    }

    /** How long it must still wait, which this try has made longer; empty when it need not. */
    Optional<Duration> tooEarly(String key) {
        synchronized (waits) {
            Wait wait = waits.get(key);
            if (wait == null) {
                return Optional.empty();
            }
            long now = nanoTime.getAsLong();
            if (now - wait.until() >= 0) {
                waits.remove(key);
                return Optional.empty();
            }
            long delay = Math.min(2 * wait.delay(), reset.toNanos());
            long sinceRefusal =
                    Math.min(
                            Math.max(wait.until() - wait.since(), now - wait.since() + delay),
                            reset.toNanos());
            var longer = new Wait(wait.since(), delay, wait.since() + sinceRefusal);
            waits.put(key, longer);
            return Optional.of(Duration.ofNanos(longer.until() - now));
        }
    }

    /** The limit refused it just now, for this long. */
    Duration refused(String key, Duration wait) {
        long nanos = Math.min(wait.toNanos(), reset.toNanos());
        long now = nanoTime.getAsLong();
        synchronized (waits) {
            waits.put(key, new Wait(now, nanos, now + nanos));
        }
        return Duration.ofNanos(nanos);
    }
}
