package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;
import java.util.List;

/** Cuts the rows of weights into blocks, which threads take one after the other. */
final class RowBlocks {
    /** Below this many products, waking another thread costs more than it saves. */
    private static final long PARALLEL_MIN = 32_768;

    /** For each thread when rows are few, so that the threads finish together. */
    private static final int BLOCKS_PER_THREAD = 4;

    private final WorkerPool pool;

    RowBlocks(WorkerPool pool) {
        this.pool = pool;
    }

    /** Multiplies some rows of a weight with all inputs. */
    interface Block {
        /**
         * Does one block.
         *
         * @param worker below {@link #threads()}; no two calls at once have the same
         */
        void run(WeightRows rows, int worker);
    }

    int threads() {
        return pool.threads();
    }

    /** Items of a loop, by several threads if they are so much work. */
    void run(int items, long work, WorkerPool.Body body) {
        if (work < PARALLEL_MIN) {
            for (int item = 0; item < items; item++) {
                body.run(0, item);
            }
        } else {
            pool.run(items, body);
        }
    }

    /** Rows of a block of which each thread gets some: whole steps, up to a limit. */
    int fairRows(List<Tensor> weights, int step, int most) {
        int rows = weights.stream().mapToInt(Tensor::rows).sum();
        int fair = Math.ceilDiv(rows, pool.threads() * BLOCKS_PER_THREAD);
        return Math.min(Math.ceilDiv(fair, step) * step, most);
    }

    /** All rows of all weights. */
    void run(
            Tensor x,
            List<Tensor> weights,
            List<Tensor> outs,
            boolean add,
            int blockRows,
            Block block) {
        int[] firstBlock = new int[weights.size() + 1];
        WeightRows[] whole = new WeightRows[weights.size()];
        long products = 0;
        for (int i = 0; i < whole.length; i++) {
            Tensor weight = weights.get(i);
            firstBlock[i + 1] = firstBlock[i] + Math.ceilDiv(weight.rows(), blockRows);
            products += (long) weight.rows() * x.width() * x.rows();
            whole[i] = WeightRows.all(weight, outs.get(i), add);
        }
        run(
                firstBlock[whole.length],
                products,
                (worker, index) -> {
                    int w = 0;
                    while (index >= firstBlock[w + 1]) {
                        w++;
                    }
                    int first = (index - firstBlock[w]) * blockRows;
                    block.run(whole[w].part(first, blockRows), worker);
                });
    }
}
