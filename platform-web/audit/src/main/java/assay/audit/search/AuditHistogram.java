package assay.audit.search;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many records there are over time.
 *
 * @param width of each bucket; their edges are multiples of it since 1970
 * @param buckets oldest first, without gaps
 */
public record AuditHistogram(Duration width, List<Bucket> buckets) {
    /**
     * The records of one piece of time.
     *
     * @param results counts by outcome: success, failure, denied
     */
    public record Bucket(Instant from, Map<String, Long> results) {
        public Bucket {
            results = Map.copyOf(results);
        }

        public long count() {
            return results.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** The most buckets that there ever are. */
    public static final int MOST = 60;

    private static final List<Duration> WIDTHS =
            List.of(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(5),
                    Duration.ofHours(1),
                    Duration.ofHours(3),
                    Duration.ofHours(6),
                    Duration.ofHours(12),
                    Duration.ofDays(1),
                    Duration.ofDays(7),
                    Duration.ofDays(30),
                    Duration.ofDays(365));

    public AuditHistogram {
        buckets = List.copyOf(buckets);
    }

    /** The narrowest width with which the range has at most {@link #MOST} buckets. */
    static Duration width(Instant from, Instant to) {
        for (Duration each : WIDTHS) {
            // One more may begin before the range than fits into it.
            if (Duration.between(from, to).dividedBy(each) < MOST - 1) {
                return each;
            }
        }
        return WIDTHS.getLast();
    }

    /** The edge at or before the time. */
    static Instant edge(Instant at, Duration width) {
        long seconds = width.toSeconds();
        return Instant.ofEpochSecond(Math.floorDiv(at.getEpochSecond(), seconds) * seconds);
    }

    /**
     * @param counts by the bucket's begin and the outcome
     */
    static AuditHistogram of(AuditQuery query, Map<Instant, Map<String, Long>> counts) {
        Duration width = width(query.from(), query.to());
        List<Bucket> buckets = new java.util.ArrayList<>();
        for (Instant at = edge(query.from(), width); at.isBefore(query.to()); at = at.plus(width)) {
            buckets.add(new Bucket(at, counts.getOrDefault(at, Map.of())));
        }
        return new AuditHistogram(width, buckets);
    }

    /** All buckets together, by outcome. */
    public Map<String, Long> outcomes() {
        var sum = new TreeMap<String, Long>();
        buckets.forEach(bucket ->
                bucket.results().forEach((result, count) -> sum.merge(result, count, Long::sum)));
        return sum;
    }

    public long count() {
        return buckets.stream().mapToLong(Bucket::count).sum();
    }
}
