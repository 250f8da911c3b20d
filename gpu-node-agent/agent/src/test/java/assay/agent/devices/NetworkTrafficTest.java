package assay.agent.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkTrafficTest {
    private static final String HEADER =
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
            """;

    @TempDir Path root;

    @BeforeEach
    void makeFolder() throws IOException {
        Files.createDirectories(root.resolve("proc/net"));
    }

    @Test
    void countsWhatComesAndGoesSinceTheStartOverAllButTheLoopback() throws IOException {
        write(1_000, 50, 7);
        var traffic = new NetworkTraffic(root);
        write(1_500, 80, 9_999);
        assertThat(traffic.sinceStart()).contains(new NetworkTraffic.Bytes(1_000, 60));
    }

    @Test
    void aMachineThatDoesNotTellIsNotGuessedAt() throws IOException {
        assertThat(new NetworkTraffic(root).sinceStart()).isEmpty();
        Files.writeString(root.resolve("proc/net/dev"), HEADER + "  eth0: x\n");
        assertThat(new NetworkTraffic(root).sinceStart()).isEmpty();
    }

    private void write(long received, long sent, long loopback) throws IOException {
        String line = "%8s: %d 1 0 0 0 0 0 0 %d 1 0 0 0 0 0 0%n";
        Files.writeString(
                root.resolve("proc/net/dev"),
                HEADER
                        + line.formatted("lo", loopback, loopback)
                        + line.formatted("eth0", received, sent)
                        + line.formatted("eth1", received, sent));
    }
}
