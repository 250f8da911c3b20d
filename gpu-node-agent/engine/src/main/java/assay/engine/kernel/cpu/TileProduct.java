package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;
import assay.engine.kernel.cpu.x86.Amx;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Products with weights that are stored as small ints, on the processor's tiles where it has them:
 * {@link Amx} says what they are. Whether a weight's products are done here does not depend on the
 * number of inputs.
 */
final class TileProduct implements AutoCloseable {
    /** In a constant, so that the compiler knows what it calls. */
    private static final Optional<Amx> LOADED = Amx.load();

    /** What the rounded inputs of one pass may take: they stay in the second cache. */
    private static final long INPUT_BYTES = 1 << 20;

    /** Rows that a thread takes at once, at most: they stay in the second cache for all inputs. */
    private static final int ROWS_MAX = 64;

    /** The same when all inputs are multiplied in one go: long runs suit the memory better. */
    private static final int STREAMED_ROWS_MAX = 256;

    private static final int CALL_ROWS = Amx.GROUPS_MAX * Amx.ROWS;

    private final RowBlocks blocks;
    private final Scratch inputs = new Scratch();
    private final Scratch[] rooms;

    TileProduct(RowBlocks blocks) {
        this.blocks = blocks;
        rooms = new Scratch[blocks.threads()];
        Arrays.setAll(rooms, i -> new Scratch(Amx.SCRATCH_ALIGNMENT));
    }

    static boolean available() {
        return LOADED.isPresent();
    }

    /** Whether a weight's products are done here. */
    static boolean takes(Tensor weight) {
        return available()
                && Amx.knows(weight.type())
                && weight.rows() >= Amx.ROWS
                && weight.width() % Amx.BLOCK == 0;
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        int most = Math.min(tokens, together(width));
        inputs.reserve(RoundedInputs.bytes(width, Math.ceilDiv(most, Amx.MANY) * Amx.MANY));
        for (Scratch room : rooms) {
            room.reserve(Amx.SCRATCH_BYTES);
        }
    }

    private static int together(int width) {
        long of = RoundedInputs.bytes(width, Amx.MANY);
        return Amx.MANY * Math.clamp(INPUT_BYTES / of, 1, Integer.MAX_VALUE / Amx.MANY);
    }

    void run(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        reserve(x.rows(), x.width());
        int together = together(x.width());
        int most = x.rows() <= Amx.MANY ? STREAMED_ROWS_MAX : ROWS_MAX;
        int blockRows = blocks.fairRows(weights, Amx.ROWS, most);
        for (int first = 0; first < x.rows(); first += together) {
            int count = Math.min(together, x.rows() - first);
            int from = first;
            Tensor some = x.rows(from, count);
            var rounded = new RoundedInputs(x.width(), count, inputs.address());
            blocks.run(
                    rounded.parts(),
                    (long) count * x.width(),
                    (worker, part) -> rounded.fill(some, part, LOADED.orElseThrow().rounding()));
            List<Tensor> of = outs.stream().map(out -> out.rows(from, count)).toList();
            blocks.run(some, weights, of, add, blockRows, (r, worker) -> block(r, rounded, worker));
        }
    }

    /** Rows that do not fill a group are done as the last ones of a group that reaches back. */
    private void block(WeightRows rows, RoundedInputs rounded, int worker) {
        int left = rows.count() % Amx.ROWS;
        int whole = rows.count() - left;
        for (RoundedInputs.Group group : rounded.groups()) {
            for (int row = 0; row < whole; row += CALL_ROWS) {
                int count = Math.min(CALL_ROWS, whole - row);
                int groups = count / Amx.ROWS;
                multiply(rows, rows.first() + row, groups, row, count, group, rounded, worker);
            }
            if (left > 0) {
                int first = rows.first() + rows.count() - Amx.ROWS;
                multiply(rows, first, 1, whole, left, group, rounded, worker);
            }
        }
    }

    /**
     * @param first row of the groups
     * @param row of {@code rows} from which on {@code count} are put: the last ones of the groups
     */
    private void multiply(
            WeightRows rows,
            int first,
            int groups,
            int row,
            int count,
            RoundedInputs.Group group,
            RoundedInputs rounded,
            int worker) {
        long scratch = rooms[worker].address();
        Expander.Source source = rows.source();
        int abreast = group.abreast();
        LOADED.orElseThrow()
                .of(source.type())
                .multiply(
                        source.at(first, 0),
                        source.rowBytes(),
                        group.at(),
                        abreast,
                        rounded.blocks(),
                        scratch,
                        groups);
        long apart = (long) abreast * Float.BYTES;
        long sums = scratch + Amx.SUMS + (groups * Amx.ROWS - count) * apart;
        for (int t = 0; t < group.count(); t++) {
            rows.put(row, count, group.first() + t, sums + (long) t * Float.BYTES, apart);
        }
    }

    @Override
    public void close() {
        inputs.close();
        for (Scratch room : rooms) {
            room.close();
        }
    }
}
