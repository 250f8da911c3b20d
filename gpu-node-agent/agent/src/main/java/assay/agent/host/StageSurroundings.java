package assay.agent.host;

import assay.agent.metrics.StageMeters;
import assay.agent.stages.LoadedStage;
import assay.agent.stages.StageLoop;
import assay.agent.v1.AssignStage;
import assay.agent.v1.StageReport;
import java.util.concurrent.Executor;

/** What a hosted stage needs of its host. */
interface StageSurroundings {
    /** The control loop. */
    Executor control();

    /** Fetches and loads. */
    StageLoader loader();

    /** Meters with the labels of the order. */
    StageMeters meters(AssignStage order);

    /** Makes the stage's loop and lets links and requests find it. On the stage's work thread. */
    StageLoop<?> startLoop(AssignStage order, LoadedStage loaded, StageMeters meters);

    /** Has the loop go over to the order's epoch. On the stage's work thread. */
    void moveLoop(StageLoop<?> loop, AssignStage order, LoadedStage loaded);

    /** Nothing finds the loop any more. On the stage's work thread. */
    void loopEnds(StageLoop<?> loop);

    /** The device of the order had less memory than it takes. On the stage's work thread. */
    void outOfMemory(AssignStage order, String detail);

    /** Tells the scheduler. On the control loop. */
    void report(StageReport report);

    /** The stage holds nothing any more. On the control loop. */
    void released(HostedStage stage);
}
