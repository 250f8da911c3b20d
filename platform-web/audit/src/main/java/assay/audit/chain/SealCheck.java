package assay.audit.chain;

import assay.audit.chain.ChainBreak.Kind;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The seals themselves: each signed by a key that is trusted, each naming the one before, and the
 * same in all places. Confined to one thread.
 */
final class SealCheck {
    /** A place gets its seal after the database has it. */
    private static final Duration UNDER_WAY = Duration.ofMinutes(10);

    private final CheckRun run;

    SealCheck(CheckRun run) {
        this.run = run;
    }

    /**
     * Checks all seals.
     *
     * @param places what each place kept, by its name; read before the database was
     */
    void check(Connection connection, Map<String, List<DaySeal.Kept>> places, Instant now)
            throws SQLException {
        List<DaySeal> seals = DaySeals.all(connection);
        run.sealCount = seals.size();
        String previous = "";
        for (DaySeal seal : seals) {
            signature(seal);
            if (!seal.previous().equals(previous)) {
                found(
                        Kind.SEAL_DIFFERS,
                        CheckRun.POSTGRESQL,
                        seal,
                        "it does not name the seal before it: one was taken out or changed");
            }
            previous = seal.digest();
            List<DaySeal> day = run.seals.computeIfAbsent(seal.day(), _ -> new ArrayList<>());
            day.add(seal);
            if (seal.revision() != day.size()) {
                found(
                        Kind.SEAL_DIFFERS,
                        CheckRun.POSTGRESQL,
                        seal,
                        "revision %d of its day (expected: %d)"
                                .formatted(seal.revision(), day.size()));
            }
        }
        places.forEach((name, kept) -> compare(seals, name, kept, now));
    }

    private void signature(DaySeal seal) {
        PublicKey key = run.keys.get(seal.keyId());
        if (key == null) {
            found(
                    Kind.SIGNATURE_WRONG,
                    CheckRun.POSTGRESQL,
                    seal,
                    "signed with the key " + seal.keyId() + ", which is not trusted here");
        } else if (!SealKey.verifies(seal, key)) {
            found(
                    Kind.SIGNATURE_WRONG,
                    CheckRun.POSTGRESQL,
                    seal,
                    "its signature is not that of the key " + seal.keyId());
        }
    }

    private void compare(List<DaySeal> seals, String place, List<DaySeal.Kept> kept, Instant now) {
        Map<String, DaySeal> there = new HashMap<>();
        kept.forEach(one -> there.put(one.seal().name(), one.seal()));
        for (DaySeal seal : seals) {
            DaySeal copy = there.remove(seal.name());
            if (copy == null) {
                if (seal.signedAt().isBefore(now.minus(UNDER_WAY))) {
                    found(Kind.MISSING, place, seal, "the database has this seal, the place not");
                }
            } else if (!copy.equals(seal)) {
                found(
                        Kind.SEAL_DIFFERS,
                        place,
                        seal,
                        "root %s of %d records (in the database: %s of %d)"
                                .formatted(
                                        copy.root(), copy.records(), seal.root(), seal.records()));
            }
        }
        there.values()
                .forEach(seal ->
                        found(
                                Kind.MISSING,
                                CheckRun.POSTGRESQL,
                                seal,
                                "%s has this seal, the database not".formatted(place)));
    }

    private void found(Kind kind, String place, DaySeal seal, String what) {
        run.found(kind, place, null, 0, null, seal.day(), "seal " + seal.name() + ": " + what);
    }
}
