package assay.web.limits;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A token bucket for each of the keys seen last. Thread-safe. When full, the key unseen for longest
 * is forgotten: its owner starts with a full bucket again, which is why nothing that protects
 * secrets rests on one key alone.
 */
final class Buckets {
    private final int perMinute;
    private final Map<String, Bucket> buckets;

    Buckets(int perMinute, int remembered) {
        this.perMinute = perMinute;
        this.buckets =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                        return size() > remembered;
                    }
                };
    }

    /** Takes one; when there is none, how long until there will be. */
    Optional<Duration> take(String key) {
        return take(key, perMinute);
    }

    /** The same for a key that has a rate of its own; another rate is another key. */
    Optional<Duration> take(String key, int rate) {
        ConsumptionProbe probe = bucket(key, rate).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    /** How long until one could be taken; nothing is taken. */
    Optional<Duration> blocked(String key) {
        var estimate = bucket(key, perMinute).estimateAbilityToConsume(1);
        return estimate.canBeConsumed()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(estimate.getNanosToWaitForRefill()));
    }

    private Bucket bucket(String key, int rate) {
        synchronized (buckets) {
            return buckets.computeIfAbsent(key, ignored -> full(rate));
        }
    }

    private static Bucket full(int rate) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(rate).refillGreedy(rate, Duration.ofMinutes(1)))
                .build();
    }
}
