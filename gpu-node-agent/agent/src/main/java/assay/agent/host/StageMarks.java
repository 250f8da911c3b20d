package assay.agent.host;

import assay.agent.v1.AssignStage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.slf4j.MDC;

/**
 * Marks every line that the current thread logs with the stage it works for, until closed; a loop
 * that is started meanwhile keeps them. Confined to the thread that made it.
 */
final class StageMarks implements AutoCloseable {
    private final Deque<MDC.MDCCloseable> marks = new ArrayDeque<>();

    private StageMarks() {}

    static StageMarks of(AssignStage order) {
        var all = new StageMarks();
        Map.of(
                        "assay.replica.id", order.getReplicaId(),
                        "assay.model.name", order.getModel(),
                        "assay.stage.index", Integer.toString(order.getStageIndex()),
                        "assay.device.id", order.getDeviceId())
                .forEach((name, value) -> {
                    if (!value.isEmpty()) {
                        all.marks.push(MDC.putCloseable(name, value));
                    }
                });
        return all;
    }

    @Override
    public void close() {
        marks.forEach(MDC.MDCCloseable::close);
    }
}
