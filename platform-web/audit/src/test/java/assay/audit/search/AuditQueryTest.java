package assay.audit.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditQueryTest {
    private static final AuditScope SCOPE = new AuditScope.Tenant(Records.ONE);

    @Test
    void aLinkSaysTheWholeQuery() {
        var random = new Random(7);
        for (int i = 0; i < 500; i++) {
            AuditQuery query = Records.query(random);
            String link = AuditQuery.link(query.parameters());
            assertThat(AuditQuery.parse(query.scope(), AuditQuery.unlink(link), Instant.EPOCH))
                    .isEqualTo(query);
        }
    }

    @Test
    void nothingSaidMeansTheLastDay() {
        Instant now = Instant.parse("2026-03-10T12:00:00Z");
        AuditQuery query = AuditQuery.parse(SCOPE, Map.of(), now);
        assertThat(query.to()).isEqualTo(now);
        assertThat(query.from()).isEqualTo(now.minus(Duration.ofDays(1)));
        assertThat(AuditQuery.parse(SCOPE, Map.of("range", "7d"), now).from())
                .isEqualTo(now.minus(Duration.ofDays(7)));
    }

    @ParameterizedTest
    @CsvSource({
        "from, yesterday",
        "to, 2020-01-01",
        "range, 7w",
        "outcome, good",
        "source, example.org",
        "source, 10.0.0.0/33",
        "source, 999.0.0.1",
        "source, 10.0.0",
    })
    void whatIsWrongIsNamed(String field, String value) {
        assertThatThrownBy(() -> AuditQuery.parse(SCOPE, Map.of(field, value), Records.END))
                .isInstanceOfSatisfying(
                        AuditQuery.InvalidException.class,
                        e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void aRangeThatIsNoneAndATextWithoutEndAreRefused() {
        assertThatThrownBy(() ->
                        AuditQuery.parse(
                                SCOPE,
                                Map.of(
                                        "from",
                                        "2026-01-02T00:00:00Z",
                                        "to",
                                        "2026-01-01T00:00:00Z"),
                                Records.END))
                .hasMessageContaining("after from");
        assertThatThrownBy(
                        () -> AuditQuery.parse(SCOPE, Map.of("text", "x".repeat(201)), Records.END))
                .hasMessageContaining("at most 200");
    }

    @Test
    void aNetworkIsWrittenWithoutWhatDoesNotCount() {
        assertThat(AddressRange.parse("10.1.2.3/16")).hasToString("10.1.0.0/16");
        assertThat(AddressRange.parse("10.1.2.3/32")).hasToString("10.1.2.3");
        assertThat(AddressRange.parse("2001:db8::5/33").bits()).isEqualTo(33);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 59, 60, 3_600, 86_400, 604_800, 2_592_000, 15_552_000, 600_000_000})
    void aHistogramNeverHasMoreThanSixtyBuckets(long seconds) {
        var random = new Random(seconds);
        for (int i = 0; i < 50; i++) {
            Instant from = Instant.ofEpochSecond(1_700_000_000L + random.nextLong(10_000_000));
            var query = AuditQuery.all(SCOPE, from, from.plusSeconds(seconds));
            var histogram = AuditHistogram.of(query, Map.of());
            assertThat(histogram.buckets().size()).isBetween(1, AuditHistogram.MOST);
            assertThat(histogram.buckets().getFirst().from()).isBeforeOrEqualTo(from);
            assertThat(histogram.buckets().getLast().from()).isBefore(query.to());
        }
    }
}
