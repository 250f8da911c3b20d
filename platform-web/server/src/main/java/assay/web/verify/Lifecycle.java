package assay.web.verify;

import assay.web.verify.Verification.State;
import java.util.Map;
import java.util.Optional;

/** Where a verification may go from where it is: what is not in the table does not happen. */
final class Lifecycle {
    /** What can befall a verification. */
    enum Event {
        /** It came to a verdict. */
        DECIDE,
        /** It can not come to one: the model, the checker's host or the server is at fault. */
        FAIL,
        /** Its owner wants no more of it. */
        CANCEL
    }

    private static final Map<State, Map<Event, State>> TABLE =
            Map.of(
                    State.RUNNING,
                    Map.of(
                            Event.DECIDE, State.FINISHED,
                            Event.FAIL, State.FAILED,
                            Event.CANCEL, State.CANCELLED),
                    State.FINISHED,
                    Map.of(),
                    State.FAILED,
                    Map.of(),
                    State.CANCELLED,
                    Map.of());

    private Lifecycle() {}

    /** The state after the event; empty when the event comes too late and changes nothing. */
    static Optional<State> next(State state, Event event) {
        return Optional.ofNullable(TABLE.getOrDefault(state, Map.of()).get(event));
    }
}
