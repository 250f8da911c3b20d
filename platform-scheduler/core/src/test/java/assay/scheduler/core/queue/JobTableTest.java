package assay.scheduler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class JobTableTest {
    @Test
    void everyStateCanBeReachedAndEveryEventMatters() {
        var reached = new HashSet<JobState>();
        var events = new HashSet<JobEvent>();
        JobTable.cells()
                .forEach((cell, next) -> {
                    assertThat(JobTable.next(cell.state(), cell.event())).contains(next);
                    events.add(cell.event());
                    reached.add(next);
                });
        assertThat(reached).containsExactlyInAnyOrder(JobState.values());
        assertThat(events).containsExactlyInAnyOrder(JobEvent.values());
    }

    @Test
    void whatIsCancelledOrExpiredStaysSo() {
        JobTable.cells()
                .forEach((cell, next) -> {
                    if (cell.state() == JobState.CANCELLED || cell.state() == JobState.EXPIRED) {
                        assertThat(next).isEqualTo(cell.state());
                    }
                });
    }

    @Test
    void whatIsFinishedBeginsAgainOnlyForItsDeadLetters() {
        for (JobEvent event : JobEvent.values()) {
            assertThat(JobTable.next(JobState.FINISHED, event).isPresent())
                    .isEqualTo(event == JobEvent.REVIVE);
        }
    }
}
