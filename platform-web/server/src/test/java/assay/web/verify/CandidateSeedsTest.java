package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CandidateSeedsTest {
    @Test
    void seedsAreFixedForAVerification() {
        var id = UUID.fromString("5f0c8a3e-1111-4abc-8123-456789abcdef");
        assertThat(CandidateSeeds.seed(id, 3)).isEqualTo(CandidateSeeds.seed(id, 3));
    }

    @Test
    void noTwoCandidatesShareASeed() {
        var random = new Random(3);
        for (int run = 0; run < 1_000; run++) {
            var id = new UUID(random.nextLong(), random.nextLong());
            Set<Long> seeds = new HashSet<>();
            for (int number = 1; number <= 32; number++) {
                seeds.add(CandidateSeeds.seed(id, number));
            }
            assertThat(seeds).hasSize(32);
        }
    }
}
