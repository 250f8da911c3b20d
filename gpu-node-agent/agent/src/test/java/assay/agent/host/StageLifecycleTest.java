package assay.agent.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.host.StageLifecycle.Event;
import assay.agent.host.StageLifecycle.State;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StageLifecycleTest {
    private record Step(State from, Event event) {}

    /** What stages really go through; between them they must visit the whole table. */
    private static final List<List<Event>> LIVES =
            List.of(
                    List.of(Event.ASSIGNED, Event.FILES_HERE, Event.READY, Event.RELEASED),
                    List.of(
                            Event.ASSIGNED,
                            Event.FILES_HERE,
                            Event.READY,
                            Event.REBOUND,
                            Event.READY,
                            Event.ASSIGNED,
                            Event.ASSIGNED,
                            Event.RELEASED),
                    List.of(
                            Event.ASSIGNED,
                            Event.FAULT,
                            Event.ASSIGNED,
                            Event.FAULT,
                            Event.RELEASED),
                    List.of(Event.ASSIGNED, Event.FILES_HERE, Event.FAULT, Event.RELEASED),
                    List.of(
                            Event.ASSIGNED,
                            Event.FILES_HERE,
                            Event.ASSIGNED,
                            Event.FILES_HERE,
                            Event.RELEASED));

    @Test
    void everyTransitionOfTheTableIsVisited() {
        Set<Step> visited = new HashSet<>();
        for (List<Event> life : LIVES) {
            StageLifecycle stage = new StageLifecycle();
            for (Event event : life) {
                visited.add(new Step(stage.state(), event));
                stage.apply(event);
            }
        }
        Set<Step> table = new HashSet<>();
        for (State state : State.values()) {
            for (Event event : Event.values()) {
                if (StageLifecycle.next(state, event).isPresent()) {
                    table.add(new Step(state, event));
                }
            }
        }
        assertThat(visited).isEqualTo(table);
    }

    @Test
    void anEventThatCanNotHappenIsADefect() {
        StageLifecycle stage = new StageLifecycle();
        assertThatThrownBy(() -> stage.apply(Event.READY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ABSENT");
    }
}
