package assay.web.tenancy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * Answers of the database that are kept until a signal says that they may have changed.
 * Thread-safe. While the line of signals is silent nothing is taken from it.
 */
public final class FreshCache<K, V> {
    private record Kept<V>(V value, long until) {}

    private final Signals signals;
    private final long keptNanos;
    private final Map<K, Kept<V>> kept;
    private long generation; // guarded by kept

    /**
     * @param longest that an answer is kept, signals or not
     * @param remembered answers; the longest unused goes
     */
    public FreshCache(Signals signals, Duration longest, int remembered) {
        this.signals = signals;
        this.keptNanos = longest.toNanos();
        this.kept =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<K, Kept<V>> eldest) {
                        return size() > remembered;
                    }
                };
    }

    /**
     * Forgets, at each signal of the kind, the answers that it may be about.
     *
     * @param concerns whether the answer is about the signal's id
     */
    public FreshCache<K, V> forgetOn(String kind, BiPredicate<V, String> concerns) {
        signals.listen(kind, id -> forget(id, concerns));
        return this;
    }

    private void forget(String id, BiPredicate<V, String> concerns) {
        synchronized (kept) {
            generation++;
            kept.values()
                    .removeIf(
                            each -> id.equals(Signals.ANYTHING) || concerns.test(each.value(), id));
        }
    }

    /** The kept answer, or what is read now; that there is none is not kept. */
    public Optional<V> get(K key, Supplier<Optional<V>> read) {
        long began;
        synchronized (kept) {
            Kept<V> known = kept.get(key);
            if (known != null && System.nanoTime() - known.until() < 0 && signals.alive()) {
                return Optional.of(known.value());
            }
            began = generation;
        }
        Optional<V> value = read.get();
        synchronized (kept) {
            if (value.isEmpty()) {
                kept.remove(key);
            } else if (began == generation) { // else it may be older than the signal
                kept.put(key, new Kept<>(value.get(), System.nanoTime() + keptNanos));
            }
        }
        return value;
    }
}
