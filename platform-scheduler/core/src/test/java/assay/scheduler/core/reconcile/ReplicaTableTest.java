package assay.scheduler.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.scheduler.core.reconcile.ReplicaTable.Cell;
import org.junit.jupiter.api.Test;
import java.util.HashSet;

class ReplicaTableTest {
    @Test
    void everyStateCanBeReachedAndLeftAndEveryEventMatters() {
        var reached = new HashSet<ReplicaState>();
        var left = new HashSet<ReplicaState>();
        var events = new HashSet<ReplicaEvent>();
        ReplicaTable.cells()
                .forEach((cell, next) -> {
                    assertThat(ReplicaTable.next(cell.state(), cell.event())).isEqualTo(next);
                    left.add(cell.state());
                    events.add(cell.event());
                    reached.add(next);
                });
        reached.add(ReplicaState.WAITING); // where a replica begins
        assertThat(reached).containsExactlyInAnyOrder(ReplicaState.values());
        left.add(ReplicaState.ENDED); // where it ends
        assertThat(left).containsExactlyInAnyOrder(ReplicaState.values());
        assertThat(events).containsExactlyInAnyOrder(ReplicaEvent.values());
    }

    @Test
    void onlyAProbeThatPassedLeadsToServing() {
        ReplicaTable.cells()
                .forEach((cell, next) ->
                        assertThat(next == ReplicaState.SERVING)
                                .isEqualTo(cell.event() == ReplicaEvent.PROBE_PASSED));
    }

    @Test
    void whatTheTableDoesNotNameBreaksAnInvariant() {
        for (ReplicaState state : ReplicaState.values()) {
            for (ReplicaEvent event : ReplicaEvent.values()) {
                if (!ReplicaTable.cells().containsKey(new Cell(state, event))) {
                    assertThatThrownBy(() -> ReplicaTable.next(state, event))
                            .isInstanceOf(IllegalStateException.class);
                }
            }
        }
    }
}
