package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;
import assay.engine.kernel.cpu.x86.Amx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        this.useTiles = useTiles;
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
        Map<Optional<Amx.Form>, List<Integer>> byForm = new LinkedHashMap<>();
        for (int i = 0; i < weights.size(); i++) {
            Optional<Amx.Form> form =
                    useTiles ? TileProduct.form(weights.get(i)) : Optional.empty();
            byForm.computeIfAbsent(form, f -> new ArrayList<>()).add(i);
        }
        byForm.forEach((form, indices) -> {
            List<Tensor> some = indices.stream().map(weights::get).toList();
            List<Tensor> of = indices.stream().map(outs::get).toList();
            form.ifPresentOrElse(
                    f -> tiles.run(f, x, some, of, add), () -> lanes.run(x, some, of, add));
        });
    }

    @Override
    public void close() {
        lanes.close();
        tiles.close();
    }
}
