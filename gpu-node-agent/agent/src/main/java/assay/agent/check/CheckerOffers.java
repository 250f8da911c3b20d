package assay.agent.check;

import assay.agent.v1.CheckerOffer;
import java.util.List;

/** What this node tells the scheduler about its checkers, in the session's Hello. Stateless. */
final class CheckerOffers {
    static final String COQ = "coq";

    private CheckerOffers() {}

    static List<CheckerOffer> of(CoqInstallation coq) {
        var offer = CheckerOffer.newBuilder().setSystem(COQ);
        return List.of(
                switch (coq) {
                    case CoqInstallation.Ready ready ->
                            offer.setAvailable(true).setVersion(ready.version()).build();
                    case CoqInstallation.Missing(String reason) -> offer.setReason(reason).build();
                });
    }
}
