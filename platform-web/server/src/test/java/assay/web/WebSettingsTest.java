package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

public class WebSettingsTest {
    private static final Map<String, String> NEEDED =
            Map.of(
                    "assay.web.scheduler-address", "127.0.0.1:7000",
                    "assay.web.ca-file", "/d/ca.pem",
                    "assay.web.identity-dir", "/d/identity",
                    "assay.web.secrets-dir", "/d/secrets");

    /** What the needed settings and these make. */
    public static WebSettings of(Map<String, String> more) {
        var all = new HashMap<>(NEEDED);
        all.putAll(more);
        return new Binder(new MapConfigurationPropertySource(all))
                .bind("assay.web", WebSettings.class)
                .get();
    }

    @Test
    void hasTheseDefaults() {
        assertThat(of(Map.of()))
                .isEqualTo(
                        new WebSettings(
                                "127.0.0.1:7000",
                                Path.of("/d/ca.pem"),
                                Path.of("/d/identity"),
                                null,
                                "127.0.0.1",
                                8080,
                                8443,
                                9090,
                                Path.of("/d/secrets"),
                                null,
                                new WebSettings.Bootstrap(null, null, null),
                                new WebSettings.Serving(
                                        1 << 20,
                                        Duration.ofMinutes(10),
                                        Duration.ofMinutes(1),
                                        Duration.ofSeconds(30),
                                        Duration.ofMinutes(1),
                                        Duration.ofSeconds(30)),
                                new WebSettings.Limits(6, 20, 20, 10_000),
                                new WebSettings.Outage(
                                        Duration.ofMinutes(15),
                                        Duration.ofMinutes(5),
                                        null,
                                        1L << 30),
                                new WebSettings.Sessions(Duration.ofHours(8), Duration.ofHours(24)),
                                List.of(),
                                new WebSettings.Audit(
                                        "assay_audit",
                                        null,
                                        180,
                                        null,
                                        new WebSettings.Elasticsearch(
                                                null, false, null, null, null, null, null, false,
                                                0)),
                                new WebSettings.Logs(null, 7)));
    }

    @Test
    void namesWhatIsMissing() {
        assertThatThrownBy(() ->
                        new Binder(
                                        new MapConfigurationPropertySource(
                                                Map.of("assay.web.http-port", "1")))
                                .bind("assay.web", WebSettings.class))
                .rootCause()
                .hasMessage("assay.web.scheduler-address: missing");
    }

    @Test
    void refusesAPortThatIsNone() {
        assertThatThrownBy(() -> of(Map.of("assay.web.grpc-port", "65536")))
                .rootCause()
                .hasMessage("assay.web.grpc-port: 65536 (expected: 0..65535)");
    }
}
