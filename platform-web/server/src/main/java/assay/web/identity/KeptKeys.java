package assay.web.identity;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Keys that the database confirmed, for the time when it can not be asked: by their hashes, the
 * longest unused forgotten first. A key that is revoked meanwhile stays good until then.
 * Thread-safe.
 */
final class KeptKeys {
    private static final int MOST = 10_000;

    private final Duration keptFor;
    private final Map<ByteBuffer, Kept> keys =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Kept> eldest) {
                    return size() > MOST;
                }
            };

    private record Kept(ApiKeys.Found key, Instant confirmedAt) {}

    KeptKeys(Duration keptFor) {
        this.keptFor = keptFor;
    }

    synchronized void confirm(byte[] hash, ApiKeys.Found key, Instant now) {
        keys.put(ByteBuffer.wrap(hash), new Kept(key, now));
    }

    synchronized void forget(byte[] hash) {
        keys.remove(ByteBuffer.wrap(hash));
    }

    synchronized Optional<ApiKeys.Found> find(byte[] hash, Instant now) {
        return Optional.ofNullable(keys.get(ByteBuffer.wrap(hash)))
                .filter(kept -> kept.confirmedAt().plus(keptFor).isAfter(now))
                .map(Kept::key)
                .filter(key -> key.expiresAt().isAfter(now));
    }
}
