package assay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void waitsGrowWithinTheirBounds() {
        Backoff backoff = new Backoff(new Random(1));
        for (int i = 0; i < 50; i++) {
            Duration wait = backoff.next();
            assertThat(wait).isBetween(Backoff.LEAST, Backoff.MOST);
            if (i > 6) {
                assertThat(wait).isGreaterThanOrEqualTo(Backoff.MOST.dividedBy(2));
            }
        }
        backoff.reset();
        assertThat(backoff.next()).isEqualTo(Backoff.LEAST);
    }
}
