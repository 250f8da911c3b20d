package assay.audit.chain;

import assay.audit.AuditDocument;
import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import assay.audit.chain.ChainBreak.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A day's documents of a copy against its links, both in the order of record ids, side by side.
 * Confined to one thread.
 */
final class CopyCheck implements Consumer<JsonNode> {
    private final DataSource audit;
    private final CheckRun run;
    private final LocalDate day;
    private final DayCheck.Links links;

    /** Of the document before. */
    private @Nullable UUID last;

    /**
     * @param audit asked about documents of records that are newer than the snapshot of the links
     */
    CopyCheck(DataSource audit, CheckRun run, LocalDate day, DayCheck.Links links) {
        this.audit = audit;
        this.run = run;
        this.day = day;
        this.links = links;
    }

    @Override
    public void accept(JsonNode document) {
        run.copies++;
        AuditRow row;
        AuditLink claim;
        try {
            row = AuditDocument.row(document);
            claim = AuditDocument.link(document);
        } catch (RuntimeException e) {
            run.found(
                    Kind.CHANGED,
                    CheckRun.COPY,
                    null,
                    0,
                    null,
                    day,
                    "the document %s is no audit record: %s"
                            .formatted(document.path("event.id").asString("?"), e.getMessage()));
            return;
        }
        UUID before = last;
        last = row.id();
        if (before != null && order(row.id(), before) <= 0) {
            found(
                    Kind.INSERTED,
                    row.tenant(),
                    claim.sequence(),
                    row.id(),
                    "a second document of this record");
            return;
        }
        ChainRow link = links.current();
        while (link != null && order(link.id, row.id()) < 0) {
            absent(link);
            links.next();
            link = links.current();
        }
        if (link != null && link.id.equals(row.id())) {
            compare(link, row, claim);
            links.next();
        } else if (!chainedSince(row, claim)) {
            found(
                    Kind.INSERTED,
                    row.tenant(),
                    claim.sequence(),
                    row.id(),
                    "the chain has no such record");
        }
    }

    private static int order(UUID one, UUID other) {
        return LinkCheck.order(one, 0, other, 0);
    }

    /** After the last document. */
    void end() {
        for (ChainRow link = links.current(); link != null; link = links.current()) {
            absent(link);
            links.next();
        }
    }

    private void absent(ChainRow link) {
        if (links.waits()) {
            run.unshipped++;
        } else {
            found(
                    Kind.MISSING,
                    link.tenant,
                    link.sequence,
                    link.id,
                    "the chain has this record, the copy not");
        }
    }

    private void compare(ChainRow link, AuditRow row, AuditLink claim) {
        if (claim.sequence() != link.sequence) {
            found(
                    Kind.REORDERED,
                    link.tenant,
                    link.sequence,
                    link.id,
                    "the copy has this record at " + claim.sequence());
            return;
        }
        String hash = CanonicalForm.sha256(row);
        if (!hash.equals(link.contentHex())) {
            found(
                    Kind.CHANGED,
                    link.tenant,
                    link.sequence,
                    link.id,
                    "the record's hash is %s (in the chain: %s)"
                            .formatted(hash, link.contentHex()));
        } else if (!claim.contentHash().equals(hash) || !claim.hash().equals(link.hashHex())) {
            found(
                    Kind.CHANGED,
                    link.tenant,
                    link.sequence,
                    link.id,
                    "the document names other hashes than the chain: %s, %s"
                            .formatted(claim.contentHash(), claim.hash()));
        }
    }

    /** Whether it got its place after the links were read. */
    private boolean chainedSince(AuditRow row, AuditLink claim) {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select sequence, encode(hash, 'hex'), encode(content_hash, 'hex') from audit_chain"
                                        + " where id = ? and at = ? and tenant_id = ?")) {
            statement.setObject(1, row.id());
            Sql.setInstant(statement, 2, row.at());
            statement.setObject(3, row.tenant());
            try (ResultSet found = statement.executeQuery()) {
                return found.next()
                        && found.getLong(1) == claim.sequence()
                        && found.getString(2).equals(claim.hash())
                        && CanonicalForm.sha256(row).equals(found.getString(3));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the chain can not be read", e);
        }
    }

    private void found(Kind kind, UUID tenant, long sequence, @Nullable UUID id, String what) {
        run.found(kind, CheckRun.COPY, tenant, sequence, id, day, what);
    }
}
