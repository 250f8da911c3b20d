package assay.audit.chain;

import java.security.PublicKey;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the parts of one check tell each other. Confined to one thread. */
final class CheckRun {
    static final String POSTGRESQL = "postgresql";
    static final String COPY = "copy";

    /** Breaks that are kept; the first ones win. */
    private static final int MOST = 100;

    /** By their ids; of all that a seal may be signed with. */
    final Map<String, PublicKey> keys;

    /** The newest first step of each day that has a seal: in order of revisions. */
    final Map<LocalDate, List<DaySeal>> seals = new TreeMap<>();

    /** Days of which the chain has rows. */
    final Set<LocalDate> days = new TreeSet<>();

    /** Records of each day that went, as the runs have it. */
    final Map<LocalDate, Long> dropped = new TreeMap<>();

    private final TreeSet<ChainBreak> breaks =
            new TreeSet<>(ChainBreak.FIRST.thenComparing(ChainBreak::toString));

    long records;
    long copies;
    int tenants;
    int sealCount;
    int unsealedDays;
    long waiting;
    long unshipped;

    CheckRun(Map<String, PublicKey> keys) {
        this.keys = keys;
    }

    void found(
            ChainBreak.Kind kind,
            String place,
            @Nullable UUID tenant,
            long sequence,
            @Nullable UUID id,
            @Nullable LocalDate day,
            String what) {
        found(new ChainBreak(kind, place, tenant, sequence, id, day, what));
    }

    void found(ChainBreak one) {
        breaks.add(one);
        if (breaks.size() > MOST) {
            breaks.pollLast();
        }
    }

    List<ChainBreak> breaks() {
        return List.copyOf(breaks);
    }
}
