package assay.audit.chain;

import assay.audit.chain.ChainBreak.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Each tenant's links: sequences without gaps from 1 to the head, each hash over the one before;
 * over runs that went with their day the chain goes on by what was left of them. Of each tenant the
 * first break is told. Reads in the order of the chain, with two cursors. Confined to one thread.
 */
final class LinkCheck {
    private final Connection connection;
    private final CheckRun run;
    private final Map<UUID, Head> heads = new HashMap<>();

    // Of the tenant that is being read.
    private @Nullable UUID tenant;
    private long next;
    private byte[] before = Hashes.genesis();
    private boolean broken;

    /** Where a chain is said to end; a class, so that it may hold an array. */
    private static final class Head {
        private final long sequence;
        private final byte[] hash;

        private Head(long sequence, byte[] hash) {
            this.sequence = sequence;
            this.hash = hash;
        }
    }

    LinkCheck(Connection connection, CheckRun run) {
        this.connection = connection;
        this.run = run;
    }

    void check() throws SQLException {
        readHeads();
        try (PreparedStatement links =
                        connection.prepareStatement(
                                ChainRow.SELECT + " order by tenant_id, sequence, at");
                PreparedStatement runs =
                        connection.prepareStatement(
                                "select tenant_id, first_sequence, last_sequence, day, hash_before,"
                                        + " hash_after from audit_dropped"
                                        + " order by tenant_id, first_sequence")) {
            links.setFetchSize(ChainRow.FETCH);
            runs.setFetchSize(ChainRow.FETCH);
            try (ResultSet link = links.executeQuery();
                    ResultSet dropped = runs.executeQuery()) {
                merge(link, dropped);
            }
        }
        endOfTenant();
        heads.forEach((whose, head) -> {
            run.tenants++;
            run.found(
                    Kind.TRUNCATED,
                    CheckRun.POSTGRESQL,
                    whose,
                    1,
                    null,
                    null,
                    "the chain is empty, its head is at " + head.sequence);
        });
    }

    private void readHeads() throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement(
                                "select tenant_id, sequence, hash from audit_heads");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                heads.put(row.getObject(1, UUID.class), new Head(row.getLong(2), row.getBytes(3)));
            }
        }
    }

    private void merge(ResultSet links, ResultSet runs) throws SQLException {
        ChainRow link = links.next() ? ChainRow.read(links) : null;
        boolean hasRun = runs.next();
        while (link != null || hasRun) {
            if (link != null && (!hasRun || comesFirst(link, runs))) {
                take(link);
                link = links.next() ? ChainRow.read(links) : null;
            } else {
                takeRun(runs);
                hasRun = runs.next();
            }
        }
    }

    private static boolean comesFirst(ChainRow link, ResultSet run) throws SQLException {
        UUID whose = run.getObject(1, UUID.class);
        return order(link.tenant, link.sequence, whose, run.getLong(2)) < 0;
    }

    /** As PostgreSQL orders: a UUID by its bytes, which Java takes for signed. */
    static int order(UUID oneTenant, long oneSequence, UUID otherTenant, long otherSequence) {
        int high =
                Long.compareUnsigned(
                        oneTenant.getMostSignificantBits(), otherTenant.getMostSignificantBits());
        int low =
                Long.compareUnsigned(
                        oneTenant.getLeastSignificantBits(), otherTenant.getLeastSignificantBits());
        return high != 0 ? high : low != 0 ? low : Long.compare(oneSequence, otherSequence);
    }

    private void take(ChainRow link) throws SQLException {
        enter(link.tenant);
        LocalDate day = LocalDate.ofInstant(link.at, ZoneOffset.UTC);
        run.days.add(day);
        if (link.sequence > next) {
            gap(link.sequence);
        } else if (link.sequence < next) {
            found(Kind.INSERTED, link.sequence, link.id, day, "a second link at this place");
            return;
        } else if (!link.follows(before, next)) {
            misplaced(link, day);
        }
        next = link.sequence + 1;
        before = link.hash();
    }

    private void takeRun(ResultSet row) throws SQLException {
        enter(row.getObject(1, UUID.class));
        long first = row.getLong(2);
        long last = row.getLong(3);
        LocalDate day = row.getObject(4, LocalDate.class);
        if (first > next) {
            gap(first);
        } else if (first < next) {
            found(
                    Kind.DROPPED_WRONGLY,
                    first,
                    null,
                    day,
                    "said to have gone with its day, and still there");
            return;
        } else if (!Arrays.equals(row.getBytes(5), before)) {
            found(
                    Kind.UNLINKED,
                    first,
                    null,
                    day,
                    "the run that went with its day does not follow from the link before");
        }
        run.dropped.merge(day, last - first + 1, Long::sum);
        next = last + 1;
        before = row.getBytes(6);
    }

    private void gap(long until) {
        found(
                Kind.MISSING,
                next,
                null,
                null,
                until - next == 1
                        ? "the link at this place is gone"
                        : "the links from here to %d are gone".formatted(until - 1));
    }

    private void enter(UUID whose) {
        if (!whose.equals(tenant)) {
            endOfTenant();
            tenant = whose;
            next = 1;
            before = Hashes.genesis();
            broken = false;
            run.tenants++;
        }
    }

    private void endOfTenant() {
        if (tenant == null) {
            return;
        }
        Head head = heads.remove(tenant);
        if (head == null) {
            found(Kind.UNLINKED, next - 1, null, null, "the head of this chain is gone");
        } else if (head.sequence >= next) {
            found(
                    Kind.TRUNCATED,
                    next,
                    null,
                    null,
                    "the chain ends at %d, its head is at %d".formatted(next - 1, head.sequence));
        } else if (head.sequence < next - 1) {
            found(
                    Kind.INSERTED,
                    head.sequence + 1,
                    null,
                    null,
                    "the chain goes on to %d after its head at %d"
                            .formatted(next - 1, head.sequence));
        } else if (!Arrays.equals(head.hash, before)) {
            found(Kind.UNLINKED, next - 1, null, null, "the head has another hash than the link");
        }
    }

    /** Says what happened to a link that does not follow from the one before. */
    private void misplaced(ChainRow link, LocalDate day) throws SQLException {
        if (broken) {
            return;
        }
        Optional<ChainRow> rightful = standingLater(link);
        if (rightful.isEmpty()) {
            found(
                    Kind.UNLINKED,
                    link.sequence,
                    link.id,
                    day,
                    "its hash does not follow from the link before: this link was changed,"
                            + " or one was taken out here");
            return;
        }
        ChainRow right = rightful.get();
        byte[] beforeThere =
                right.sequence == link.sequence + 1 ? right.hash() : hashAt(right.sequence - 1);
        boolean swapped = link.follows(beforeThere, right.sequence);
        found(
                swapped ? Kind.REORDERED : Kind.INSERTED,
                link.sequence,
                link.id,
                day,
                swapped
                        ? "record %s belongs here, and this one at %d, where that stands"
                                .formatted(right.id, right.sequence)
                        : "this record was put in: %s belongs here, which stands at %d"
                                .formatted(right.id, right.sequence));
    }

    /** The link that follows from the one before this, if it stands further on. */
    private Optional<ChainRow> standingLater(ChainRow link) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        ChainRow.SELECT
                                + " where tenant_id = ? and sequence > ?"
                                + " order by sequence")) {
            statement.setObject(1, link.tenant);
            statement.setLong(2, link.sequence);
            statement.setFetchSize(ChainRow.FETCH);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ChainRow later = ChainRow.read(row);
                    if (later.follows(before, link.sequence)) {
                        return Optional.of(later);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private byte[] hashAt(long sequence) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        ChainRow.SELECT + " where tenant_id = ? and sequence = ? limit 1")) {
            statement.setObject(1, tenant);
            statement.setLong(2, sequence);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? ChainRow.read(row).hash() : Hashes.genesis();
            }
        }
    }

    /** After the first break of a tenant, what follows tells nothing new. */
    private void found(
            Kind kind, long sequence, @Nullable UUID id, @Nullable LocalDate day, String what) {
        if (!broken) {
            run.found(kind, CheckRun.POSTGRESQL, tenant, sequence, id, day, what);
            broken = true;
        }
    }
}
