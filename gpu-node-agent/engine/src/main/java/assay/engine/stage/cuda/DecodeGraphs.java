package assay.engine.stage.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.cuda.driver.GpuGraph;
import assay.engine.kernel.cuda.driver.GpuStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Steps that were captured, one for each kind. The first step of a kind runs as it is, so that
 * libraries choose their algorithms and kernels are loaded; the second is captured.
 */
final class DecodeGraphs implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DecodeGraphs.class.getName());

    private final GpuStream stream;
    private final Set<Object> seen = new HashSet<>();
    private final Map<Object, GpuGraph> graphs = new HashMap<>();
    private boolean full;

    DecodeGraphs(GpuStream stream) {
        this.stream = stream;
    }

    /**
     * Runs the work, or what was captured of it.
     *
     * @param kind what tells steps apart: the number of tokens, and whatever else changes launches
     * @param work the same sequence of launches for each call of a kind, over the same memory
     */
    void run(Object kind, Runnable work) {
        GpuGraph graph = graphs.get(kind);
        if (graph == null && !seen.add(kind) && !full) {
            graph = captured(kind, work);
        }
        if (graph == null) {
            work.run();
        } else {
            stream.launch(graph);
        }
    }

    /** A graph takes device memory, the only that is taken after loading: without it, none is. */
    private @Nullable GpuGraph captured(Object kind, Runnable work) {
        try {
            GpuGraph graph = stream.capture(work);
            graphs.put(kind, graph);
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
