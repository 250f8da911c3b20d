package assay.audit.search;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What every search answers to the same records. A class for one kind of store gives the search and
 * has stored {@link #rows}, of which some are sealed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SearchContract {
    private static final long SEED = 20_260_310;

    final List<AuditRow> rows = Records.some(new Random(SEED), 1_500);

    abstract AuditSearch search();

    @Test
    void aQueryFindsWhatItSaysAndNothingElsePageByPage() {
        var random = new Random(SEED + 1);
        for (int i = 0; i < 80; i++) {
            AuditQuery query = Records.query(random);
            List<AuditRow> found = all(query, 10 + random.nextInt(90));
            assertThat(found.stream().map(AuditRow::id))
                    .as("%d: %s", i, query)
                    .containsExactlyInAnyOrderElementsOf(
                            expected(query).stream().map(AuditRow::id).toList());
            assertThat(new HashSet<>(found)).hasSize(found.size());
            assertThat(found)
                    .isSortedAccordingTo(
                            Comparator.comparingLong((AuditRow row) -> row.at().toEpochMilli())
                                    .reversed());
        }
    }

    private List<AuditRow> all(AuditQuery query, int limit) {
        List<AuditRow> found = new ArrayList<>();
        @Nullable AuditCursor after = null;
        do {
            AuditPage page = search().page(query, after, limit);
            assertThat(page.records().size()).isLessThanOrEqualTo(limit);
            page.records().forEach(each -> found.add(each.row()));
            after = page.next() == null ? null : AuditCursor.parse(page.next().toString());
        } while (after != null);
        return found;
    }

    private List<AuditRow> expected(AuditQuery query) {
        return rows.stream().filter(row -> Records.matches(query, row)).toList();
    }

    @Test
    void aHistogramCountsWhatThePagesShow() {
        var random = new Random(SEED + 2);
        for (int i = 0; i < 80; i++) {
            AuditQuery query = Records.query(random);
            AuditHistogram histogram = search().histogram(query);
            assertThat(histogram.buckets().size()).isBetween(1, AuditHistogram.MOST);
            var expected = new TreeMap<String, Long>();
            for (AuditRow row : expected(query)) {
                String result = row.outcome().replaceAll(".*\"result\":\"([a-z]+)\".*", "$1");
                String bucket = AuditHistogram.edge(row.at(), histogram.width()) + " " + result;
                expected.merge(bucket, 1L, Long::sum);
            }
            var counted = new TreeMap<String, Long>();
            histogram
                    .buckets()
                    .forEach(bucket ->
                            bucket.results()
                                    .forEach((result, count) ->
                                            counted.put(bucket.from() + " " + result, count)));
            assertThat(counted).as("%d: %s", i, query).isEqualTo(expected);
        }
    }

    @Test
    void aRecordIsFoundInItsScopeAloneAndAsItWasWritten() {
        AuditRow row = rows.getFirst();
        assertThat(search().find(new AuditScope.Tenant(row.tenant()), row.id()))
                .hasValueSatisfying(found -> {
                    assertThat(assay.audit.CanonicalForm.sha256(found.row()))
                            .isEqualTo(assay.audit.CanonicalForm.sha256(row));
                });
        assertThat(search().find(new AuditScope.Everybody(), row.id())).isPresent();
        for (UUID other : Records.TENANTS) {
            if (!other.equals(row.tenant())) {
                assertThat(search().find(new AuditScope.Tenant(other), row.id())).isEmpty();
            }
        }
    }

    @Test
    void nothingOfAnotherTenantIsEverAnswered() {
        var random = new Random(SEED + 3);
        for (int i = 0; i < 40; i++) {
            AuditQuery query = Records.query(random);
            if (query.scope() instanceof AuditScope.Tenant one) {
                assertThat(all(query, 50)).allMatch(row -> row.tenant().equals(one.id()));
            }
        }
    }

    @Test
    void actionsAreSuggestedFromWhatThereIs() {
        AuditScope one = new AuditScope.Tenant(Records.ONE);
        assertThat(search().actions(one, "", 10)).containsExactlyElementsOf(sorted(""));
        assertThat(search().actions(one, "tenant.", 10))
                .containsExactlyElementsOf(sorted("tenant."));
        assertThat(search().actions(one, "", 2)).hasSize(2);
        assertThat(search().actions(new AuditScope.Tenant(UUID.randomUUID()), "", 10)).isEmpty();
    }

    private static List<String> sorted(String prefix) {
        return Records.ACTIONS.stream()
                .filter(each -> each.startsWith(prefix))
                .sorted()
                .collect(Collectors.toList());
    }

    @Test
    void outcomesAreTheSumOfTheBuckets() {
        var query =
                AuditQuery.all(
                        new AuditScope.Everybody(),
                        Records.END.minusSeconds(300_000),
                        Records.END.plusSeconds(1));
        Map<String, Long> outcomes = search().histogram(query).outcomes();
        assertThat(outcomes.keySet()).containsExactlyInAnyOrderElementsOf(Records.RESULTS);
        assertThat(outcomes.values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(rows.size());
    }
}
