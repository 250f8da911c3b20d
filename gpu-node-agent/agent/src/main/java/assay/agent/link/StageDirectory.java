package assay.agent.link;

import assay.stage.v1.ActivationFrame;
import assay.stage.v1.TokenFrame;
import java.util.Optional;

/** Finds running stages for links that arrive. Thread-safe. */
public interface StageDirectory {
    /** A stage behind another one. */
    Optional<LinkReceiver<ActivationFrame>> activations(String replica, int stage);

    /** The head, for the last stage's tokens. */
    Optional<LinkReceiver<TokenFrame>> tokens(String replica);
}
