package assay.agent.host;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a stage on this node goes through, as a table. Confined to the control loop. */
public final class StageLifecycle {
    /** Where it is. */
    public enum State {
        ABSENT,
        FETCHING,
        LOADING,
        LOADED,
        FAILED,
        RELEASED
    }

    /** What happens to it. */
    public enum Event {
        /** The scheduler wants these layers. */
        ASSIGNED,
        /** The scheduler wants the layers that are loaded, under a new epoch. */
        REBOUND,
        /** All files are here and verified. */
        FILES_HERE,
        /** The layers are loaded and the stage loop runs. */
        READY,
        /** Fetching or loading did not work. */
        FAULT,
        /** The scheduler does not want it any more. */
        RELEASED
    }

    private static final Map<State, Map<Event, State>> TABLE = new EnumMap<>(State.class);

    static {
        row(State.ABSENT, Event.ASSIGNED, State.FETCHING);

        row(State.FETCHING, Event.ASSIGNED, State.FETCHING);
        row(State.FETCHING, Event.FILES_HERE, State.LOADING);
        row(State.FETCHING, Event.FAULT, State.FAILED);
        row(State.FETCHING, Event.RELEASED, State.RELEASED);

        row(State.LOADING, Event.ASSIGNED, State.FETCHING);
        row(State.LOADING, Event.READY, State.LOADED);
        row(State.LOADING, Event.FAULT, State.FAILED);
        row(State.LOADING, Event.RELEASED, State.RELEASED);

        row(State.LOADED, Event.ASSIGNED, State.FETCHING);
        row(State.LOADED, Event.REBOUND, State.LOADING);
        row(State.LOADED, Event.RELEASED, State.RELEASED);

        row(State.FAILED, Event.ASSIGNED, State.FETCHING);
        row(State.FAILED, Event.RELEASED, State.RELEASED);
    }

    private State state = State.ABSENT;

    /** Where it is now. */
    public State state() {
        return state;
    }

    /** Goes on. An event that the table does not know here is a defect of this program. */
    public State apply(Event event) {
        state =
                next(state, event)
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "stage is " + state + ": no " + event + " here"));
        return state;
    }

    /** The table: the state after an event, empty where the event can not happen. */
    public static Optional<State> next(State from, Event event) {
        @Nullable Map<Event, State> row = TABLE.get(from);
        return row == null ? Optional.empty() : Optional.ofNullable(row.get(event));
    }

    private static void row(State from, Event event, State to) {
        TABLE.computeIfAbsent(from, f -> new EnumMap<>(Event.class)).put(event, to);
    }
}
