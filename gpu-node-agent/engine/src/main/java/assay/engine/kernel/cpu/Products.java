package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * All products with weights: on the processor's tiles, or as sums in lanes. Which of the two
 * depends on the weight alone, so that an input's products are the same beside any others.
 */
final class Products implements AutoCloseable {
    private final MatrixProduct lanes;
    private final TileProduct tiles;
    private final boolean useTiles;

    /**
     * @param useTiles where the machine has some
     */
    Products(WorkerPool pool, PanelKernel kernel, boolean useTiles) {
        RowBlocks blocks = new RowBlocks(pool);
        lanes = new MatrixProduct(blocks, kernel);
        tiles = new TileProduct(blocks);
        this.useTiles = useTiles && TileProduct.available();
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        lanes.reserve(tokens, width);
        if (useTiles) {
            tiles.reserve(tokens, width);
        }
    }

    /** {@code out = x * transpose(weight)} for each weight, or {@code out +=} that. */
    void run(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        if (!useTiles || weights.stream().noneMatch(TileProduct::takes)) {
            lanes.run(x, weights, outs, add);
        } else if (weights.stream().allMatch(TileProduct::takes)) {
            tiles.run(x, weights, outs, add);
        } else {
            separately(x, weights, outs, add);
        }
    }

    private void separately(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        List<Tensor> tiled = new ArrayList<>();
        List<Tensor> tiledOuts = new ArrayList<>();
        List<Tensor> others = new ArrayList<>();
        List<Tensor> otherOuts = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            boolean takes = TileProduct.takes(weights.get(i));
            (takes ? tiled : others).add(weights.get(i));
            (takes ? tiledOuts : otherOuts).add(outs.get(i));
        }
        tiles.run(x, tiled, tiledOuts, add);
        lanes.run(x, others, otherOuts, add);
    }

    @Override
    public void close() {
        lanes.close();
        tiles.close();
    }
}
