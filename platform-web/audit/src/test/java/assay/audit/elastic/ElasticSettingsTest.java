package assay.audit.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.elastic.ElasticSettings.Layout;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElasticSettingsTest {
    private static ElasticSettings settings(String address, boolean allowPlainHttp) {
        return new ElasticSettings(
                URI.create(address),
                allowPlainHttp,
                Map.of(),
                Optional.empty(),
                Layout.DAY_INDICES,
                ElasticSettings.DEFAULT_PREFIX,
                1,
                ElasticSettings.LEAST_RETENTION_DAYS,
                ElasticSettings.DEFAULT_PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://h:9200",
                "http://127.0.0.1:9200",
                "http://[::1]:1",
                "http://localhost"
            })
    void tlsOrThisMachine(String address) {
        assertThat(settings(address, false).address()).isEqualTo(URI.create(address));
    }

    @Test
    void anotherMachineInTheClearOnlyWhereThatIsSaid() {
        assertThatThrownBy(() -> settings("http://10.0.0.7:9200", false))
                .hasMessageContaining("would carry records and keys unencrypted");
        assertThat(settings("http://10.0.0.7:9200", true).allowPlainHttp()).isTrue();
    }

    @Test
    void recordsStayForHalfAYearAtLeast() {
        ElasticSettings usual = settings("https://h:9200", false);
        assertThat(usual.retentionDays()).isEqualTo(180);
        assertThatThrownBy(() ->
                        new ElasticSettings(
                                usual.address(),
                                false,
                                Map.of(),
                                usual.ca(),
                                usual.layout(),
                                usual.prefix(),
                                1,
                                179,
                                usual.patience()))
                .hasMessage("retention: 179 days (expected: 180 or more)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://h", "h:9200", "https:///x"})
    void whatIsNoAddressIsRefused(String address) {
        assertThatThrownBy(() -> settings(address, false))
                .hasMessageContaining("expected: such as");
    }

    @ParameterizedTest
    @CsvSource({
        "201, '', Stored",
        "200, '', Stored",
        "409, version_conflict_engine_exception, Known",
        "429, es_rejected_execution_exception, Later",
        "503, unavailable_shards_exception, Later",
        "404, index_not_found_exception, Later",
        "401, security_exception, Later",
        "403, security_exception, Later",
        "403, cluster_block_exception, DaySealed",
        "400, strict_dynamic_mapping_exception, Refused",
        "413, too_large, Refused",
    })
    void everyAnswerHasAVerdict(int status, String type, String verdict) {
        assertThat(BulkVerdict.of(status, type, "why").getClass().getSimpleName())
                .isEqualTo(verdict);
    }

    @Test
    void batchesGrowWithQuickAnswersAndShrinkWithoutAny() {
        var batch = new BatchSize(32, 2_000);
        for (int i = 0; i < 10; i++) {
            batch.answered(batch.get(), Duration.ofMillis(50), false);
        }
        assertThat(batch.get()).isEqualTo(2_000);
        batch.answered(2_000, Duration.ofSeconds(1), false);
        assertThat(batch.get()).as("slow, but not too slow").isEqualTo(2_000);
        batch.answered(2_000, Duration.ofSeconds(3), false);
        assertThat(batch.get()).isEqualTo(1_000);
        batch.answered(1_000, Duration.ofMillis(50), true);
        assertThat(batch.get()).as("turned away").isEqualTo(500);
        batch.answered(20, Duration.ofMillis(5), false);
        assertThat(batch.get()).as("a small batch says nothing").isEqualTo(500);
        for (int i = 0; i < 10; i++) {
            batch.failed();
        }
        assertThat(batch.get()).isEqualTo(32);
    }
}
