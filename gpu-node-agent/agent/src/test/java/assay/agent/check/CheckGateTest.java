package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class CheckGateTest {
    @Test
    void runsSomeLetsSomeWaitAndRefusesTheRest() throws Exception {
        var gate = new CheckGate(limits(1, 1, Duration.ofSeconds(20)));
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first =
                    threads.submit(() ->
                            gate.run(() -> {
                                entered.countDown();
                                release.await();
                                return 1;
                            }));
            entered.await();
            var second = threads.submit(() -> gate.run(() -> 2));
            while (gate.load() < 2) {
                Thread.onSpinWait();
            }
            assertThat(gate.run(() -> 3)).isEmpty();
            release.countDown();
            assertThat(first.get()).contains(1);
            assertThat(second.get()).contains(2);
        }
        assertThat(gate.load()).isZero();
        assertThat(gate.run(() -> 4)).contains(4);
    }

    @Test
    void givesUpWaiting() throws Exception {
        var gate = new CheckGate(limits(1, 5, Duration.ofMillis(1)));
        assertThat(gate.run(() -> gate.run(() -> 1).isEmpty())).contains(true);
    }

    private static CheckLimits limits(int concurrent, int waiting, Duration longestWait) {
        CheckLimits d = CheckLimits.defaults();
        return new CheckLimits(
                d.cpu(),
                d.wall(),
                d.addressSpaceBytes(),
                d.fileBytes(),
                d.outputBytes(),
                concurrent,
                waiting,
                longestWait,
                d.statementChars(),
                d.textChars());
    }
}
