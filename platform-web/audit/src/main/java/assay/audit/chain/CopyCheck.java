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
 * A day's documents of a copy against its links, both in the order of tenant and sequence, side by
 * side. Confined to one thread.
 */
final class CopyCheck implements Consumer<JsonNode> {
    private final DataSource audit;
    private final CheckRun run;
    private final LocalDate day;
    private final String place;
    private final DayCheck.Links links;

    // The record that was compared last.
    private @Nullable UUID lastTenant;
    private long lastSequence;

    /**
     * @param audit asked about documents of records that are newer than the snapshot of the links
     */
    CopyCheck(
            DataSource audit, CheckRun run, LocalDate day, String place, DayCheck.Links links) {
        this.audit = audit;
        this.run = run;
        this.day = day;
        this.place = place;
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
                    place,
                    null,
                    0,
                    null,
                    day,
                    "the document %s is no audit record: %s"
                            .formatted(document.path("event.id").asString("?"), e.getMessage()));
            return;
        }
        ChainRow link = links.current();
        while (link != null
                && LinkCheck.order(link.tenant, link.sequence, row.tenant(), claim.sequence())
                        < 0) {
            absent(link);
            links.next();
            link = links.current();
        }
        if (link != null
                && link.tenant.equals(row.tenant())
                && link.sequence == claim.sequence()) {
            compare(link, row, claim);
            lastTenant = link.tenant;
            lastSequence = link.sequence;
            links.next();
        } else if (!chainedSince(row, claim)) {
            found(
                    Kind.INSERTED,
                    row.tenant(),
                    claim.sequence(),
                    row.id(),
                    "the chain has no such record at this place");
        }
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
        if (!row.id().equals(link.id)) {
            found(
                    Kind.REORDERED,
                    link.tenant,
                    link.sequence,
                    row.id(),
                    "the copy has this record here, the chain has " + link.id);
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
                        && CanonicalForm.sha256(row).equals(found.getString(3))
                        && !passed(row, claim);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the chain can not be read", e);
        }
    }

    /** A second document of a record that was compared already is not newer, it was put in. */
    private boolean passed(AuditRow row, AuditLink claim) {
        return row.tenant().equals(lastTenant) && claim.sequence() == lastSequence;
    }

    private void found(
            Kind kind, UUID tenant, long sequence, @Nullable UUID id, String what) {
        run.found(kind, place, tenant, sequence, id, day, what);
    }
}
