package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void namesTheTakenPortItsHolderAndTheOptionThatChoosesAnother() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> Ports.claim(port, "--http-port"))
                    .isInstanceOf(StandaloneException.class)
                    .hasMessageContaining("port " + port + " is in use")
                    .hasMessageContaining("process " + ProcessHandle.current().pid())
                    .hasMessageContaining("--http-port");
        }
    }

    @Test
    void zeroIsReplacedByAFreePort() {
        int port = Ports.claim(0, "--http-port");
        assertThat(port).isPositive();
        assertThat(Ports.claim(port, "--http-port")).isEqualTo(port);
    }

    @Test
    void aFreePortHasNoHolder() {
        assertThat(Ports.holder(Ports.free())).isEmpty();
    }
}
