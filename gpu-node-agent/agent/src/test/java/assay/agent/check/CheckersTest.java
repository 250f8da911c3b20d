package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.v1.CheckerOffer;
import org.junit.jupiter.api.Test;

class CheckersTest {
    @Test
    void offersNothingAndSaysHowToGetIt() {
        var missing =
                new CoqInstallation.Missing("not found: coqc" + CoqInstallation.HOW_TO_INSTALL);
        assertThat(CheckerOffers.of(missing))
                .containsExactly(
                        CheckerOffer.newBuilder()
                                .setSystem("coq")
                                .setReason(
                                        "not found: coqc; install them with: apt-get install coq bubblewrap")
                                .build());
    }

    @Test
    void servesWithOrWithoutCoq() throws InterruptedException {
        try (var checkers = Checkers.open(CheckLimits.defaults())) {
            assertThat(checkers.offers())
                    .singleElement()
                    .satisfies(offer -> {
                        assertThat(offer.getSystem()).isEqualTo("coq");
                        assertThat(offer.getAvailable()).isEqualTo(offer.getReason().isEmpty());
                        assertThat(offer.getAvailable()).isNotEqualTo(offer.getVersion().isEmpty());
                    });
            assertThat(checkers.load()).isZero();
            assertThat(checkers.service()).isNotNull();
        }
    }
}
