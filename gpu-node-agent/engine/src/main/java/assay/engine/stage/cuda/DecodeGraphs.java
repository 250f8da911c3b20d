package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.cuda.driver.GpuGraph;
import assay.engine.kernel.cuda.driver.GpuStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Steps that were captured, one for each number of tokens. The first step of a number runs as it
 * is, so that libraries choose their algorithms and kernels are loaded; the second is captured.
 */
final class DecodeGraphs implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DecodeGraphs.class.getName());

    private final GpuStream stream;
    private final Map<Integer, Boolean> seen = new HashMap<>();
    private final Map<Integer, GpuGraph> graphs = new HashMap<>();
    private boolean full;

    DecodeGraphs(GpuStream stream) {
        this.stream = stream;
    }

    /**
     * Runs the work, or what was captured of it.
     *
     * @param work the same sequence of launches for each call with that count, over the same memory
     */
    void run(int count, Runnable work) {
        GpuGraph graph = graphs.get(count);
        if (graph == null && seen.putIfAbsent(count, true) != null && !full) {
            graph = captured(count, work);
        }
        if (graph == null) {
            work.run();
        } else {
            stream.launch(graph);
        }
    }

    /** A graph takes device memory, the only that is taken after loading: without it, none is. */
    private @Nullable GpuGraph captured(int count, Runnable work) {
        try {
            GpuGraph graph = stream.capture(work);
            graphs.put(count, graph);
            return graph;
        } catch (EngineException e) {
            if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                throw e;
            }
            LOG.log(Level.WARNING, "steps run without graphs: " + e.getMessage());
            full = true;
            return null;
        }
    }

    @Override
    public void close() {
        graphs.values().forEach(GpuGraph::close);
        graphs.clear();
    }
}
