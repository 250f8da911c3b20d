package assay.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the gateway listens, and how it became known. */
class ListenersIT {
    private final RunningGateway gateway = RunningGateway.shared();

    private SSLSocket tls(String listener, String version) throws Exception {
        var socket =
                (SSLSocket)
                        RunningGateway.trust(gateway.cluster)
                                .getSocketFactory()
                                .createSocket("127.0.0.1", gateway.port(listener));
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    @ParameterizedTest
    @ValueSource(strings = {"https", "grpc"})
    void speaksTls13Only(String listener) throws Exception {
        try (SSLSocket socket = tls(listener, "TLSv1.3")) {
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
        try (SSLSocket socket = tls(listener, "TLSv1.2")) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void servesHttp2OverTls() {
        var response =
                gateway.send(gateway.request("https", "/v2/health/live", null).GET().build());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    @Test
    void offersPlainHttpOnLoopbackOnly() throws IOException {
        for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
            for (InetAddress address : network.inetAddresses().toList()) {
                if (!address.isLoopbackAddress()) {
                    assertThatThrownBy(() -> new Socket(address, gateway.port("http")).close())
                            .isInstanceOf(ConnectException.class);
                }
            }
        }
    }

    @Test
    void enrollsWithItsHostsAndKeepsItsKeyToItself() throws IOException {
        var request = gateway.cluster.enrolled.element();
        assertThat(request.getHostsList()).contains("localhost", "127.0.0.1");
        for (String file : List.of("identity/key.pem", "secrets/api-key-pepper", "key")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(gateway.folder.resolve(file))))
                    .as(file)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void deploysTheModelOfTheManifest() {
        GenerateIT.await(() -> gateway.cluster.applied("reference").isPresent());
        var applied = gateway.cluster.applied("reference").orElseThrow();
        assertThat(applied.getStages()).isEqualTo(2);
        assertThat(gateway.one("select count(*) from model_files")).isEqualTo("1");
    }

    @Test
    void isReadyOnceATokenCameThrough() {
        gateway.cluster.publish(gateway.cluster.route());
        GenerateIT.await(() -> gateway.get("/v2/health/ready", null).statusCode() == 200);
        gateway.cluster.publish();
        GenerateIT.await(() -> gateway.get("/v2/health/ready", null).statusCode() == 503);
        assertThat(gateway.get("/v2/health/ready", null).body())
                .contains("\"ready\":false")
                .contains("no replica of assay-reference takes requests");
    }

    @Test
    void isKnownAgainAfterARestartWithoutAToken() throws Exception {
        Files.deleteIfExists(gateway.folder.resolve("token"));
        int before = gateway.cluster.enrolled.size();
        String key = gateway.key();
        try (var again =
                new RunningGateway(
                        gateway.cluster, gateway.database, gateway.folder, "again.json")) {
            assertThat(gateway.cluster.enrolled).hasSize(before);
            assertThat(again.key()).isEqualTo(key);
            assertThat(again.get("/v1/models", key).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void showsMetricsOnTheManagementPortOnly() {
        gateway.cluster.publish(gateway.cluster.route());
        var call =
                gateway.post(
                        "/api/v1/generate", "{\"prompt\":\"a\",\"max_tokens\":1}", gateway.key());
        assertThat(call.statusCode()).isEqualTo(200);
        Awaitility.await()
                .untilAsserted(() -> {
                    var request = gateway.request("management", "/actuator/prometheus", null);
                    assertThat(gateway.send(request.build()).body())
                            .contains("assay_gateway_overhead_seconds_count");
                });
        assertThat(gateway.get("/actuator/prometheus", null).statusCode()).isNotEqualTo(200);
    }
}
