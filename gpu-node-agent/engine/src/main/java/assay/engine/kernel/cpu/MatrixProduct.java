package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.PanelKernel.CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.COLUMN_CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.COLUMN_STRIDE;
import static assay.engine.kernel.cpu.PanelKernel.LANES;
import static assay.engine.kernel.cpu.PanelKernel.STRIDE;
import static assay.engine.kernel.cpu.PanelKernel.TILE;
import static assay.engine.kernel.cpu.PanelKernel.TILE_SUMS;

import assay.engine.kernel.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code out = x * transpose(weight)} for one or several weights over the same x.
 *
 * <p>Goals: a weight is read from memory once for all tokens of the micro-batch; the threads finish
 * together; no product depends on how many tokens there are. Algorithm: the rows of all weights are
 * cut into blocks, and threads take block after block. With many inputs, a chunk of each row of a
 * block at a time is turned into f32 (a panel, which stays in the nearest caches), and all inputs'
 * chunks pass over it in groups: every type of weight has one kernel that expands it, and all share
 * those that multiply. With up to three inputs, and with a few, the kernel may know how to multiply
 * rows as they are stored.
 */
final class MatrixProduct implements AutoCloseable {
    /** Inputs that pass over each panel before the next ones do, at most and at least. */
    private static final int PANEL_INPUTS = 256;

    private static final int PANEL_INPUTS_MIN = 32;

    /** What such inputs take: they pass over every panel, and stay in the last caches. */
    private static final int PANEL_INPUT_BYTES = 4 << 20;

    /** Inputs that are multiplied one by one: a tile would do as much for four. */
    private static final int COLUMNS = 3;

    /** Rows that a thread takes at once when there are so few inputs, at most. */
    private static final int COLUMN_ROWS_MAX = 64;

    /** Rows that are multiplied as they are stored in one call. */
    private static final int STORED_ROWS = 8;

    private final PanelKernel kernel;
    private final RowBlocks blocks;
    private final Scratch column = new Scratch();
    private final Room[] rooms;
    private float[] inputs = {};

    /**
     * What one thread works in.
     *
     * @param panel rows as f32
     * @param sums of the products of a panel
     * @param ended sums over their lanes, of eight products
     * @param spare lent to expanders
     */
    @SuppressWarnings("ArrayRecordComponent") // scratch memory, never compared
    private record Room(float[] panel, float[] sums, float[] ended, Expander.Spare spare) {
        Room(int rows) {
            this(
                    new float[Math.max(rows * STRIDE, TILE * COLUMN_STRIDE)],
                    new float[rows * PANEL_INPUTS * LANES],
                    new float[STORED_ROWS],
                    new Expander.Spare());
        }
    }

    MatrixProduct(RowBlocks blocks, PanelKernel kernel) {
        this.blocks = blocks;
        this.kernel = kernel;
        rooms = new Room[blocks.threads()];
        Arrays.setAll(rooms, i -> new Room(kernel.rows()));
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        column.reserve((long) COLUMNS * columnBytes(width));
        int floats =
                Math.max(
                        Inputs.of(width, Math.min(tokens, together(width))).floats(),
                        Inputs.few(width, Math.min(tokens, PanelKernel.FEW)).floats());
        if (floats > inputs.length) {
            inputs = new float[floats];
        }
    }

    private static int together(int width) {
        int steps = PANEL_INPUT_BYTES / Float.BYTES / width / PANEL_INPUTS_MIN;
        return PANEL_INPUTS_MIN * Math.clamp(steps, 1, PANEL_INPUTS / PANEL_INPUTS_MIN);
    }

    void run(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        reserve(x.rows(), x.width());
        int together = together(x.width());
        for (int first = 0; first < x.rows(); first += together) {
            int count = Math.min(together, x.rows() - first);
            Tensor some = x.rows(first, count);
            List<Tensor> of = new ArrayList<>();
            for (Tensor out : outs) {
                of.add(out.rows(first, count));
            }
            boolean known = count <= PanelKernel.FEW && allKnown(weights);
            if (count == 1 || (count <= COLUMNS && known)) {
                columns(some, weights, of, add);
            } else if (known) {
                few(some, weights, of, add);
            } else {
                panels(some, weights, of, add);
            }
        }
    }

    private boolean allKnown(List<Tensor> weights) {
        for (Tensor weight : weights) {
            if (!kernel.knows(weight.type(), weight.width())) {
                return false;
            }
        }
        return true;
    }

    /** One input after the other with some rows, which the caches hold meanwhile. */
    private void columns(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        int padded = Math.ceilDiv(x.width(), LANES) * LANES;
        for (int i = 0; i < x.rows(); i++) {
            long input = column(i, x.width());
            long from = Memory.address(x.data()) + i * x.rowBytes();
            Memory.copy(from, input, x.width() * (long) Float.BYTES);
            for (int k = x.width(); k < padded; k++) {
                Memory.setFloat(input + (long) k * Float.BYTES, 0);
            }
        }
        int blockRows = blocks.fairRows(weights, TILE, COLUMN_ROWS_MAX);
        blocks.run(
                x,
                weights,
                outs,
                add,
                blockRows,
                (rows, worker) -> columns(rows, x, rooms[worker]));
    }

    /** Where an input of {@link #columns} is. */
    private long column(int input, int width) {
        return column.address() + input * columnBytes(width);
    }

    private static long columnBytes(int width) {
        return Math.ceilDiv(width, LANES) * PanelKernel.LANES_BYTES;
    }

    private void few(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        Inputs packed = fill(x, Inputs.few(x.width(), x.rows()));
        blocks.run(
                x,
                weights,
                outs,
                add,
                PanelKernel.FEW_ROWS,
                (rows, worker) -> few(rows, packed, rooms[worker]));
    }

    private void panels(Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        Inputs packed = fill(x, Inputs.of(x.width(), x.rows()));
        blocks.run(
                x,
                weights,
                outs,
                add,
                kernel.rows(),
                (rows, worker) -> panel(rows, packed, rooms[worker]));
    }

    private Inputs fill(Tensor x, Inputs packed) {
        packed.use(inputs);
        blocks.run(
                packed.parts(),
                (long) x.rows() * x.width(),
                (worker, part) -> packed.fill(x, part));
        return packed;
    }

    private void columns(WeightRows rows, Tensor x, Room room) {
        int width = x.width();
        if (!kernel.knows(rows.source().type(), width)) {
            column(rows, width, room);
            return;
        }
        for (int row = 0; row < rows.count(); row += STORED_ROWS) {
            int count = Math.min(STORED_ROWS, rows.count() - row);
            for (int i = 0; i < x.rows(); i++) {
                long input = column(i, width);
                kernel.stored(rows.source(), rows.first() + row, count, input, width, room.sums());
                Lanes.sums(room.sums(), 0).intoArray(room.ended(), 0);
                rows.put(row, count, i, room.ended(), 0, 1);
            }
        }
    }

    /** The rows with the only input, a tile's rows at a time, by way of a panel. */
    private void column(WeightRows rows, int width, Room room) {
        for (int row = 0; row < rows.count(); row += TILE) {
            Arrays.fill(room.sums(), 0, TILE * LANES, 0);
            int count = Math.min(TILE, rows.count() - row);
            for (int from = 0; from < width; from += COLUMN_CHUNK) {
                int length = Math.min(COLUMN_CHUNK, width - from);
                expand(rows.part(row, count), from, length, COLUMN_STRIDE, room);
                int padded = Math.ceilDiv(length, LANES) * LANES;
                long input = column(0, width) + from * (long) Float.BYTES;
                kernel.column(room.panel(), input, padded, room.sums(), 0);
            }
            Lanes.sums(room.sums(), 0).intoArray(room.ended(), 0);
            rows.put(row, count, 0, room.ended(), 0, 1);
        }
    }

    /** Some rows with a few inputs, as they are stored. */
    private void few(WeightRows rows, Inputs inputs, Room room) {
        int block = PanelKernel.FEW_ROWS * LANES;
        int sums = 0;
        for (Inputs.Group group : inputs.groups()) {
            sums += group.abreast() * block;
        }
        Arrays.fill(room.sums(), 0, sums, 0);
        for (int chunk = 0; chunk < inputs.chunks(); chunk++) {
            int at = 0;
            for (Inputs.Group group : inputs.groups()) {
                kernel.few(
                        rows.source(),
                        rows.first(),
                        rows.count(),
                        chunk * CHUNK,
                        inputs.length(chunk),
                        inputs.values(),
                        group.chunk(chunk),
                        group.abreast(),
                        room.sums(),
                        at);
                at += group.abreast() * block;
            }
        }
        int at = 0;
        for (Inputs.Group group : inputs.groups()) {
            for (int t = 0; t < group.count(); t++) {
                for (int row = 0; row < rows.count(); row += STORED_ROWS) {
                    int count = Math.min(STORED_ROWS, rows.count() - row);
                    int first = at + t * block + row * LANES;
                    Lanes.sums(room.sums(), first).intoArray(room.ended(), 0);
                    rows.put(row, count, group.first() + t, room.ended(), 0, 1);
                }
            }
            at += group.abreast() * block;
        }
    }

    /** The rows of one panel with all inputs. */
    private void panel(WeightRows rows, Inputs inputs, Room room) {
        int sums = 0;
        for (Inputs.Group group : inputs.groups()) {
            sums += group.sums(kernel.rows());
        }
        Arrays.fill(room.sums(), 0, sums, 0);
        for (int chunk = 0; chunk < inputs.chunks(); chunk++) {
            int length = inputs.length(chunk);
            if (kernel.knows(rows.source().type(), inputs.width())) {
                kernel.expand(
                        rows.source(),
                        rows.first(),
                        rows.count(),
                        chunk * CHUNK,
                        length,
                        room.panel());
            } else {
                expand(rows, chunk * CHUNK, length, STRIDE, room);
            }
            int at = 0;
            for (Inputs.Group group : inputs.groups()) {
                if (group.tiled()) {
                    tiles(rows, inputs, group, chunk, room, at);
                } else {
                    int input = group.chunk(chunk);
                    int steps = inputs.steps(chunk);
                    kernel.planes(
                            room.panel(),
                            inputs.values(),
                            input,
                            steps,
                            group.abreast(),
                            room.sums(),
                            at);
                }
                at += group.sums(kernel.rows());
            }
        }
        int at = 0;
        for (Inputs.Group group : inputs.groups()) {
            if (group.tiled()) {
                endTiles(rows, group, room, at);
            } else {
                endPlanes(rows, group, room, at);
            }
            at += group.sums(kernel.rows());
        }
    }

    private void tiles(
            WeightRows rows, Inputs inputs, Inputs.Group group, int chunk, Room room, int sums) {
        int input = group.chunk(chunk);
        int length = inputs.paddedLength(chunk);
        int at = sums;
        for (int row = 0; row < rows.count(); row += TILE, at += TILE_SUMS) {
            kernel.tile(
                    room.panel(), row * STRIDE, inputs.values(), input, length, room.sums(), at);
        }
    }

    /** Part of some rows into the panel, {@code stride} elements apart. */
    private static void expand(WeightRows rows, int from, int length, int stride, Room room) {
        int padded = Math.ceilDiv(length, LANES) * LANES;
        int to = 0;
        for (int i = 0; i < rows.count(); i++, to += stride) {
            int row = rows.first() + i;
            rows.expander()
                    .expand(rows.source(), row, from, length, room.panel(), to, room.spare());
            Arrays.fill(room.panel(), to + length, to + padded, 0);
        }
    }

    /** Finishes a group's tiles, whose sums begin at {@code at}. */
    private static void endTiles(WeightRows rows, Inputs.Group group, Room room, int at) {
        for (int row = 0; row < rows.count(); row += TILE, at += TILE_SUMS) {
            int count = Math.min(TILE, rows.count() - row);
            for (int t = 0; t < group.count(); t++) {
                if (t % 2 == 0) {
                    Lanes.sums(room.sums(), at + t * TILE * LANES).intoArray(room.ended(), 0);
                }
                rows.put(row, count, group.first() + t, room.ended(), t % 2 * TILE, 1);
            }
        }
    }

    /** Finishes a group's planes, whose sums begin at {@code at}. */
    private void endPlanes(WeightRows rows, Inputs.Group group, Room room, int at) {
        int products = rows.count() * group.abreast();
        for (int i = at; i < at + products; i += Wide.COUNT) {
            Wide.sumLanes(room.sums(), i, kernel.rows() * group.abreast());
        }
        for (int t = 0; t < group.count(); t++) {
            rows.put(0, rows.count(), group.first() + t, room.sums(), at + t, group.abreast());
        }
    }

    @Override
    public void close() {
        column.close();
    }
}
