package assay.audit.chain;

import static assay.audit.chain.ChainFixture.DAY;
import static assay.audit.chain.ChainFixture.ONE;
import static assay.audit.chain.ChainFixture.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditRow;
import assay.audit.chain.ChainBreak.Kind;
import assay.audit.chain.ChainFixture.MemoryCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Somebody with the database, or the copy, in his hands; what he did is found and named. */
class ChainCheckIT {
    @RegisterExtension static final ChainFixture fixture = new ChainFixture();
    @TempDir Path folder;
    private SealKey key;
    private SealFiles place;
    private List<AuditRow> rows;

    /** 20 records of each tenant on the first day, which is sealed; 5 of one on the next. */
    @BeforeEach
    void write() throws SQLException {
        key = ChainFixture.key(folder.resolve("secrets"));
        place = new SealFiles(folder.resolve("seals"));
        rows = new ArrayList<>(fixture.write(ONE, DAY, 20));
        fixture.write(TWO, DAY, 20);
        fixture.sealAll();
        fixture.at(DAY.plusDays(1), 12);
        assertThat(fixture.daySealer(key, place).sealDue()).extracting(DaySeal::day).contains(DAY);
        rows.addAll(fixture.write(ONE, DAY.plusDays(1), 5));
        fixture.sealAll();
    }

    private AuditRow record(long sequence) {
        return rows.get((int) sequence - 1);
    }

    private void firstIs(
            Kind kind, long sequence, @Nullable AuditRow row, @Nullable MemoryCopy copy)
            throws SQLException {
        ChainReport report = fixture.check(key, copy, place);
        ChainBreak first = report.firstBreak().orElseThrow();
        assertThat(first.kind()).as("%s", report.breaks()).isEqualTo(kind);
        assertThat(first.tenant()).isEqualTo(ONE);
        assertThat(first.sequence()).isEqualTo(sequence);
        assertThat(first.id()).isEqualTo(row == null ? null : row.id());
    }

    @Test
    void whatNobodyTouchedIsIntact() throws SQLException {
        ChainReport report = fixture.check(key, fixture.copyOf(rows), place);
        // The copy lacks the other tenant's.
        assertThat(report.breaks()).allMatch(one -> TWO.equals(one.tenant())).hasSize(20);
        report = fixture.check(key, null, place);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.records()).isEqualTo(45);
        assertThat(report.tenants()).isEqualTo(2);
    }

    @Test
    void aChangedRecordIsNamed() throws SQLException {
        fixture.around(
                "update audit_events set details = '{\"n\": 99}' where id = '%s'"
                        .formatted(record(7).id()));
        firstIs(Kind.CHANGED, 7, record(7), null);
    }

    @Test
    void aRecordThatMovedToAnotherTenantIsNamed() throws SQLException {
        fixture.around(
                "update audit_events set tenant_id = '%s' where id = '%s'"
                        .formatted(TWO, record(7).id()));
        firstIs(Kind.CHANGED, 7, record(7), null);
    }

    @Test
    void aDeletedRecordIsNamed() throws SQLException {
        fixture.around("delete from audit_events where id = '%s'".formatted(record(9).id()));
        firstIs(Kind.MISSING, 9, record(9), null);
    }

    @Test
    void aDeletedRecordIsNamedWhereItsLinkWentWithIt() throws SQLException {
        for (String table : List.of("audit_events", "audit_chain")) {
            fixture.around("delete from %s where id = '%s'".formatted(table, record(9).id()));
        }
        firstIs(Kind.MISSING, 9, null, null);
        firstIs(Kind.MISSING, 9, null, fixture.copyOf(rows.subList(0, 8)));
    }

    @Test
    void swappedRecordsAreNamed() throws SQLException {
        fixture.around(
                """
                update audit_events e set details = o.details, duration_nanos = o.duration_nanos
                from audit_events o where (e.id, o.id) in (('%1$s', '%2$s'), ('%2$s', '%1$s'))
                """
                        .formatted(record(4).id(), record(6).id()));
        firstIs(Kind.CHANGED, 4, record(4), null);
    }

    @Test
    void swappedPlacesAreNamed() throws SQLException {
        for (int to : List.of(5, 11)) {
            swapPlaces(4, to);
            firstIs(Kind.REORDERED, 4, record(to), null);
            swapPlaces(4, to);
            assertThat(fixture.check(key, null, place).breaks()).isEmpty();
        }
    }

    private void swapPlaces(int one, int other) throws SQLException {
        String set =
                "update audit_chain set sequence = %d where tenant_id = '%s' and sequence = %d";
        fixture.around(
                set.formatted(1000, ONE, one),
                set.formatted(one, ONE, other),
                set.formatted(other, ONE, 1000));
    }

    @Test
    void anInsertedRecordIsNamed() throws SQLException {
        fixture.around(
                """
                insert into audit_events select gen_random_uuid(), at, tenant_id, actor, source_ip,
                    user_agent, action, object, request, outcome, duration_nanos, correlation, details
                from audit_events where id = '%s'
                """
                        .formatted(record(3).id()));
        ChainBreak first = fixture.check(key, null, place).firstBreak().orElseThrow();
        assertThat(first.kind()).isEqualTo(Kind.INSERTED);
        assertThat(first.tenant()).isEqualTo(ONE);
        assertThat(fixture.count("audit_events where id = '" + first.id() + "'")).isOne();
        assertThat(rows).extracting(AuditRow::id).doesNotContain(first.id());
    }

    @Test
    void anInsertedLinkIsNamed() throws SQLException {
        String id = "00000000-0000-4000-8000-0000000000aa";
        fixture.around(
                "update audit_chain set sequence = sequence + 1000 where tenant_id = '%s' and sequence >= 10"
                        .formatted(ONE),
                "update audit_chain set sequence = sequence - 999 where tenant_id = '%s' and sequence >= 1000"
                        .formatted(ONE),
                """
                insert into audit_events select '%s', at, tenant_id, actor, source_ip,
                    user_agent, action, object, request, outcome, duration_nanos, correlation, details
                from audit_events where id = '%s'
                """
                        .formatted(id, record(3).id()),
                """
                insert into audit_chain select tenant_id, 10, '%s', at, content_hash, hash, sealed_at
                from audit_chain where id = '%s'
                """
                        .formatted(id, record(3).id()),
                "update audit_heads set sequence = sequence + 1 where tenant_id = '%s'"
                        .formatted(ONE));
        ChainBreak first = fixture.check(key, null, place).firstBreak().orElseThrow();
        assertThat(first.kind()).isEqualTo(Kind.INSERTED);
        assertThat(first.sequence()).isEqualTo(10);
        assertThat(first.id()).hasToString(id);
    }

    @Test
    void aTailThatWasCutOffIsFoundByTheHead() throws SQLException {
        cutOff(22);
        firstIs(Kind.TRUNCATED, 23, null, null);
    }

    private void cutOff(long last) throws SQLException {
        fixture.around(
                """
                delete from audit_events where id in (select id from audit_chain
                    where tenant_id = '%s' and sequence > %d)
                """
                        .formatted(ONE, last),
                "delete from audit_chain where tenant_id = '%s' and sequence > %d"
                        .formatted(ONE, last));
    }

    @Test
    void aTailThatWasCutOffWithItsHeadIsFoundByTheCopyAndByTheSeal() throws SQLException {
        MemoryCopy copy = fixture.copyOf(rows);
        cutOff(18);
        fixture.around(
                """
                update audit_heads h set sequence = c.sequence, hash = c.hash from audit_chain c
                where c.tenant_id = '%s' and h.tenant_id = c.tenant_id and c.sequence = 18
                """
                        .formatted(ONE));
        ChainBreak first = fixture.check(key, null, place).firstBreak().orElseThrow();
        assertThat(first.kind()).isEqualTo(Kind.SEAL_DIFFERS);
        assertThat(first.day()).isEqualTo(DAY);
        firstIs(Kind.INSERTED, 19, record(19), copy);
    }

    @Test
    void allThatWasCutOffIsFound() throws SQLException {
        fixture.around("truncate audit_events, audit_chain");
        firstIs(Kind.TRUNCATED, 1, null, null);
        fixture.around("truncate audit_heads");
        assertThat(fixture.check(key, null, place).firstBreak().orElseThrow().kind())
                .isEqualTo(Kind.SEAL_DIFFERS);
        fixture.around("truncate audit_day_seals");
        ChainBreak first = fixture.check(key, null, place).firstBreak().orElseThrow();
        assertThat(first.kind()).isEqualTo(Kind.MISSING);
        assertThat(first.what()).contains("has this seal, the database not");
    }

    @Test
    void aChainThatWasComputedAnewIsFoundByTheSealAndByTheCopy() throws SQLException {
        MemoryCopy copy = fixture.copyOf(rows);
        fixture.around(
                "update audit_events set details = '{\"n\": 99}' where id = '%s'"
                        .formatted(record(7).id()),
                "truncate audit_chain, audit_heads",
                "insert into audit_unsealed select id, at from audit_events");
        fixture.at(DAY, 12);
        fixture.sealAll();
        fixture.at(DAY.plusDays(1), 12);
        assertThat(fixture.check(key, null, place).breaks())
                .extracting(ChainBreak::kind)
                .contains(Kind.SEAL_DIFFERS);
        assertThat(fixture.check(key, copy, place).breaks())
                .anyMatch(one -> record(7).id().equals(one.id()));
    }

    // ---------------------------------------------------------------- seals

    @Test
    void aSealThatWasWrittenAnewHasNoGoodSignature() throws SQLException {
        cutOff(18);
        fixture.around("update audit_day_seals set records = records - 2 where records > 0");
        assertThat(fixture.check(key, null).breaks())
                .anyMatch(one -> one.kind() == Kind.SIGNATURE_WRONG && DAY.equals(one.day()));
    }

    @Test
    void aSealOfAnotherKeyIsNotTrusted() throws SQLException {
        SealKey other = ChainFixture.key(folder.resolve("other"));
        assertThat(fixture.check(other, null).breaks())
                .extracting(ChainBreak::kind)
                .containsOnly(Kind.SIGNATURE_WRONG);
        // The second place brings the right one along.
        assertThat(fixture.check(other, null, place).breaks()).isEmpty();
    }

    @Test
    void aSealThatIsGoneFromItsSecondPlaceIsMissed() throws SQLException, IOException {
        Files.delete(folder.resolve("seals").resolve(DAY + ".1.json"));
        fixture.at(DAY.plusDays(1), 13);
        ChainBreak first = fixture.check(key, null, place).firstBreak().orElseThrow();
        assertThat(first.kind()).isEqualTo(Kind.MISSING);
        assertThat(first.place()).isEqualTo(place.name());
    }

    @Test
    void lateRecordsGetAFurtherSealAndUntilThenAreNoBreak() throws SQLException {
        fixture.write(TWO, DAY, 2);
        fixture.sealAll();
        assertThat(fixture.check(key, null, place).breaks()).isEmpty();
        assertThat(fixture.daySealer(key, place).sealDue())
                .extracting(DaySeal::name)
                .containsExactly(DAY + ".2");
        assertThat(fixture.check(key, null, place).breaks()).isEmpty();
        assertThat(place.read()).hasSize((int) fixture.count("audit_day_seals"));
    }

    // ---------------------------------------------------------------- the copy

    private MemoryCopy wholeCopy() throws SQLException {
        fixture.around(
                "delete from audit_events where tenant_id = '%s'".formatted(TWO),
                "delete from audit_chain where tenant_id = '%s'".formatted(TWO),
                "delete from audit_heads where tenant_id = '%s'".formatted(TWO),
                "delete from audit_day_seals");
        return fixture.copyOf(rows);
    }

    private void firstInCopy(Kind kind, long sequence, AuditRow row, MemoryCopy copy)
            throws SQLException {
        ChainReport report = fixture.check(key, copy);
        ChainBreak first = report.firstBreak().orElseThrow();
        assertThat(first.place()).isEqualTo("copy");
        assertThat(first.kind()).isEqualTo(kind);
        assertThat(first.sequence()).isEqualTo(sequence);
        assertThat(first.id()).isEqualTo(row.id());
    }

    @Test
    void aChangedDocumentIsNamed() throws SQLException {
        MemoryCopy copy = wholeCopy();
        assertThat(fixture.check(key, copy).breaks()).isEmpty();
        copy.document(record(5)).put("event.action", "nothing");
        firstInCopy(Kind.CHANGED, 5, record(5), copy);
    }

    @Test
    void aDocumentWithAnotherHashIsNamed() throws SQLException {
        MemoryCopy copy = wholeCopy();
        copy.document(record(5)).put("event.hash", "0".repeat(64));
        firstInCopy(Kind.CHANGED, 5, record(5), copy);
    }

    @Test
    void aDeletedDocumentAndACutTailAreNamed() throws SQLException {
        MemoryCopy copy = wholeCopy();
        copy.documents.remove(copy.document(record(24)));
        copy.documents.remove(copy.document(record(25)));
        firstInCopy(Kind.MISSING, 24, record(24), copy);
        copy.documents.clear();
        firstInCopy(Kind.MISSING, 1, record(1), copy);
    }

    @Test
    void swappedDocumentsAreNamed() throws SQLException {
        MemoryCopy copy = wholeCopy();
        copy.document(record(5)).put("event.sequence", 8);
        copy.document(record(8)).put("event.sequence", 5);
        firstInCopy(Kind.REORDERED, 5, record(5), copy);
    }

    @Test
    void insertedDocumentsAreNamed() throws SQLException {
        MemoryCopy copy = wholeCopy();
        JsonNode twice = copy.document(record(5)).deepCopy();
        copy.documents.add(twice);
        firstInCopy(Kind.INSERTED, 5, record(5), copy);
        ((ObjectNode) twice).put("event.sequence", 99);
        firstInCopy(Kind.INSERTED, 99, record(5), copy);
    }

    @Test
    void whatIsOnItsWayToTheCopyIsNotMissing() throws SQLException {
        MemoryCopy copy = wholeCopy();
        copy.documents.remove(copy.document(record(24)));
        fixture.superuser
                .sql(
                        """
                        insert into audit_unshipped (tenant_id, sequence, id, at, next_at)
                        select tenant_id, sequence, id, at, now() from audit_chain where id = ?
                        """)
                .param(record(24).id())
                .update();
        ChainReport report = fixture.check(key, copy);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.unshipped()).isOne();
    }
}
