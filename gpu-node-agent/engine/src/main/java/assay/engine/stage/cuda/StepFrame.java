package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.DeviceTokens;
import assay.engine.stage.cuda.Rooms.Slot;
import java.util.List;

/**
 * What all layers of a step share.
 *
 * @param stream that the step runs on
 * @param hidden (T, hidden): the residual stream
 * @param tokens T of them
 * @param turns (T, D) f32 of the step's positions
 * @param runs what of the tokens attends how
 * @param rooms of the stage
 */
record StepFrame(
        long stream, DeviceRows hidden, DeviceTokens tokens, long turns, Runs runs, Rooms rooms) {
    /** Tokens that stand side by side, each of a sequence of its own. */
    record Singles(int first, int count) {}

    /**
     * How a step's tokens attend.
     *
     * @param singles tokens that are alone with their sequence
     * @param tiles address of (tileCount, 2) i32, the tokens of prompts
     * @param tileCount 0 for none
     */
    record Runs(List<Singles> singles, long tiles, int tileCount) {
        Runs {
            singles = List.copyOf(singles);
        }
    }

    int count() {
        return tokens.count();
    }

    /** (T, width) of a room. */
    DeviceRows room(Slot slot, int width) {
        return rooms.rows(slot, count(), width);
    }
}
