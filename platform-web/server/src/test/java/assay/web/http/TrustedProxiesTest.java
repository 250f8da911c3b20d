package assay.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedProxiesTest {
    private static final TrustedProxies PROXIES =
            new TrustedProxies(List.of("10.0.0.0/8", "192.0.2.1", "2001:db8::/32"));

    @Test
    void withoutTrustedProxiesNoHeaderIsBelieved() {
        assertThat(
                        new TrustedProxies(List.of())
                                .client("10.0.0.1", List.of("203.0.113.9"), List.of()))
                .isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // peer | X-Forwarded-For | client
                "203.0.113.5|198.51.100.1|203.0.113.5", // no proxy of ours
                "10.0.0.1|198.51.100.1|198.51.100.1",
                "10.0.0.1|198.51.100.66, 198.51.100.1|198.51.100.1", // what stands before is forged
                "10.0.0.1|198.51.100.66, 198.51.100.1, 10.9.9.9|198.51.100.1",
                "10.0.0.1|198.51.100.1, 192.0.2.1 , 10.9.9.9|198.51.100.1",
                "10.0.0.1|10.1.1.1, 10.2.2.2|10.1.1.1", // a client within the trusted network
                "10.0.0.1|evil, 10.2.2.2|10.2.2.2",
                "10.0.0.1|198.51.100.1, unknown|10.0.0.1",
                "10.0.0.1|''|10.0.0.1",
                "10.0.0.1|198.51.100.1:4711|198.51.100.1",
                "2001:db8::1|[2001:4860::8]:443|2001:4860:0:0:0:0:0:8",
                "10.0.0.1|localhost|10.0.0.1",
                "10.0.0.1|1.2.3|10.0.0.1"
            })
    void theLastAddressThatIsNoTrustedProxysIsTheClients(
            String peer, String forwarded, String client) {
        assertThat(PROXIES.client(peer, List.of(forwarded), List.of())).isEqualTo(client);
    }

    @Test
    void severalHeadersAreOneList() {
        assertThat(
                        PROXIES.client(
                                "10.0.0.1",
                                List.of("198.51.100.66", "198.51.100.1, 10.3.3.3"),
                                List.of()))
                .isEqualTo("198.51.100.1");
    }

    @Test
    void theStandardHeaderIsReadWhenTheOtherIsNotThere() {
        var forwarded = List.of("for=198.51.100.66;proto=https", "For=\"[2001:4860::8]:9\";by=x");
        assertThat(PROXIES.client("10.0.0.1", List.of(), forwarded))
                .isEqualTo("2001:4860:0:0:0:0:0:8");
        assertThat(PROXIES.client("10.0.0.1", List.of("198.51.100.1"), forwarded))
                .isEqualTo("198.51.100.1");
    }

    @Test
    void refusesWhatIsNoNetwork() {
        assertThatThrownBy(() -> new TrustedProxies(List.of("proxy.example")))
                .hasMessageContaining("trusted-proxies: proxy.example");
    }
}
