package assay.audit.chain;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import assay.audit.DayCopy;
import assay.audit.chain.ChainBreak.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One day: its records against the chain, the chain against the day's seals, and a copy against the
 * chain. Two passes over the day, whatever its size in a few MiB of memory. Confined to one thread,
 * but for the hashing.
 */
final class DayCheck {
    private static final String LINKS =
            """
            select c.tenant_id, c.sequence, c.id, c.at, c.content_hash, c.hash, c.sealed_at,
                exists (select from audit_unshipped u where u.id = c.id and u.at = c.at)
                or exists (select from audit_dead_letters l where l.id = c.id and l.at = c.at)
            from audit_chain c where at >= ? and at < ? order by %s
            """;

    private final DataSource audit;
    private final Connection connection;
    private final CheckRun run;
    private final LocalDate day;

    /**
     * @param audit asked for what is newer than the snapshot
     * @param connection with a snapshot
     */
    DayCheck(DataSource audit, Connection connection, CheckRun run, LocalDate day) {
        this.audit = audit;
        this.connection = connection;
        this.run = run;
        this.day = day;
    }

    // ---------------------------------------------------------------- records

    /** A record beside its link. */
    private record Pair(AuditRow row, ChainRow link) {}

    void checkRecords() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        select e.*, u.id is not null as waiting, c.tenant_id, c.sequence, c.id, c.at,
                            c.content_hash, c.hash, c.sealed_at
                        from (select %s from audit_events where at >= ? and at < ?) e
                        full join (select * from audit_chain where at >= ? and at < ?) c
                            on c.id = e.id and c.at = e.at
                        left join audit_unsealed u on u.id = e.id and u.at = e.at
                        """
                                .formatted(AuditRow.COLUMNS))) {
            Sql.setDay(statement, 1, day);
            Sql.setDay(statement, 3, day);
            statement.setFetchSize(ChainRow.FETCH);
            List<Pair> pairs = new ArrayList<>(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                int link = row.findColumn("waiting") + 1;
                while (row.next()) {
                    take(row, link, pairs);
                    if (pairs.size() == ChainRow.FETCH) {
                        compare(pairs);
                    }
                }
            }
            compare(pairs);
        }
    }

    private void take(ResultSet row, int first, List<Pair> pairs) throws SQLException {
        boolean linked = row.getObject(first) != null;
        boolean recorded = row.getObject("id") != null;
        if (linked && recorded) {
            pairs.add(new Pair(AuditRow.read(row), ChainRow.read(row, first)));
        } else if (linked) {
            ChainRow link = ChainRow.read(row, first);
            run.found(
                    Kind.MISSING,
                    CheckRun.POSTGRESQL,
                    link.tenant,
                    link.sequence,
                    link.id,
                    day,
                    "the chain has this record, and it is gone");
        } else if (row.getBoolean("waiting")) {
            run.waiting++;
        } else {
            AuditRow orphan = AuditRow.read(row);
            run.found(
                    Kind.INSERTED,
                    CheckRun.POSTGRESQL,
                    orphan.tenant(),
                    0,
                    orphan.id(),
                    day,
                    "the record has no place in the chain and does not wait for one");
        }
    }

    /** Hashes them on all processors, and empties the list. */
    private void compare(List<Pair> pairs) {
        pairs.parallelStream().flatMap(pair -> compare(pair).stream()).toList().forEach(run::found);
        run.records += pairs.size();
        pairs.clear();
    }

    private Optional<ChainBreak> compare(Pair pair) {
        ChainRow link = pair.link;
        String found = hash(pair.row);
        String what = null;
        if (!found.equals(link.contentHex())) {
            what = "the record's hash is %s (in the chain: %s)".formatted(found, link.contentHex());
        } else if (!pair.row.tenant().equals(link.tenant)) {
            what = "the record is one of tenant " + pair.row.tenant();
        }
        return Optional.ofNullable(what)
                .map(text ->
                        new ChainBreak(
                                Kind.CHANGED,
                                CheckRun.POSTGRESQL,
                                link.tenant,
                                link.sequence,
                                link.id,
                                day,
                                text));
    }

    /** A record that can not even be read is not the one that was hashed. */
    private static String hash(AuditRow row) {
        try {
            return CanonicalForm.sha256(row);
        } catch (RuntimeException e) {
            return "none: " + e.getMessage();
        }
    }

    // ---------------------------------------------------------------- seals and a copy

    /** A seal and the tree that it should have. */
    private record Sealed(DaySeal seal, MerkleTree tree) {}

    /** Holds the day's links, in the order of its tree, against its seals. */
    void checkSeals() throws SQLException {
        List<Sealed> seals =
                run.seals.getOrDefault(day, List.of()).stream()
                        .map(seal -> new Sealed(seal, new MerkleTree()))
                        .toList();
        if (seals.isEmpty()) {
            run.unsealedDays++;
            return;
        }
        try (PreparedStatement statement =
                connection.prepareStatement(LINKS.formatted("tenant_id, sequence, at"))) {
            Sql.setDay(statement, 1, day);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                var links = new Links(row, seals);
                while (links.current() != null) {
                    links.next();
                }
            }
        }
        for (Sealed sealed : seals) {
            compare(sealed.seal, sealed.tree);
        }
    }

    /** Holds a copy against the day's links, both in the order of ids. */
    void checkCopy(DayCopy copy) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LINKS.formatted("id, at"))) {
            Sql.setDay(statement, 1, day);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                var check = new CopyCheck(audit, run, day, new Links(row, List.of()));
                copy.scan(day, check);
                check.end();
            }
        }
    }

    private void compare(DaySeal seal, MerkleTree tree) {
        String root = HexFormat.of().formatHex(tree.root());
        if (tree.leafCount() != seal.records() || !root.equals(seal.root())) {
            run.found(
                    Kind.SEAL_DIFFERS,
                    CheckRun.POSTGRESQL,
                    null,
                    0,
                    null,
                    day,
                    "seal %s is over %d records with root %s (in the chain: %d, %s)"
                            .formatted(
                                    seal.name(),
                                    seal.records(),
                                    seal.root(),
                                    tree.leafCount(),
                                    root));
        }
    }

    /** The day's links, one ahead; each that is passed is counted for the seals. */
    static final class Links {
        private final ResultSet row;
        private final List<Sealed> seals;
        private @Nullable ChainRow current;
        private boolean waits;

        private Links(ResultSet row, List<Sealed> seals) {
            this.row = row;
            this.seals = seals;
            next();
        }

        /** The one that was not passed yet; null after the last. */
        @Nullable ChainRow current() {
            return current;
        }

        /** Whether the current one is still on its way to the copy. */
        boolean waits() {
            return waits;
        }

        void next() {
            try {
                if (!row.next()) {
                    current = null;
                    return;
                }
                ChainRow link = ChainRow.read(row);
                for (Sealed sealed : seals) {
                    if (!link.sealedAt.isAfter(sealed.seal.signedAt())) {
                        sealed.tree.add(link.leaf());
                    }
                }
                waits = row.getBoolean(8);
                current = link;
            } catch (SQLException e) {
                throw new IllegalStateException("the chain can not be read", e);
            }
        }
    }
}
