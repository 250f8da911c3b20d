package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.driver.GpuGraph;
import assay.engine.kernel.cuda.driver.GpuStream;
import java.util.HashMap;
import java.util.Map;

/**
 * Steps that were captured, one for each number of tokens. The first step of a number runs as it
 * is, so that libraries choose their algorithms and kernels are loaded; the second is captured.
 */
final class DecodeGraphs implements AutoCloseable {
    private final GpuStream stream;
    private final Map<Integer, Boolean> seen = new HashMap<>();
    private final Map<Integer, GpuGraph> graphs = new HashMap<>();

    DecodeGraphs(GpuStream stream) {
        this.stream = stream;
    }

    /**
     * Runs the work, or what was captured of it.
     *
     * @param work the same sequence of launches for each call with that count, over the same memory
     */
    void run(int count, Runnable work) {
        if (seen.putIfAbsent(count, true) == null) {
            work.run();
            return;
        }
        stream.launch(graphs.computeIfAbsent(count, it -> stream.capture(work)));
    }

    @Override
    public void close() {
        graphs.values().forEach(GpuGraph::close);
        graphs.clear();
    }
}
