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

    /** Rows that a thread takes at once, at most. */
    private static final int ROWS_MAX = 64;

    /** Blocks of them that all inputs pass over before the next ones: they stay in the caches. */
    private static final int CHUNK = 16;

    /** Rows, at most, when there is one group of inputs: long runs suit the memory better. */
    private static final int STREAMED_ROWS_MAX = 256;

    private final RowBlocks blocks;
    private final Scratch inputs = new Scratch();
    private final Room[] rooms;

    /**
     * What one thread works in.
     *
     * @param sums of a block of rows: those of each group of inputs
     */
    private record Room(Scratch scratch, Scratch sums) {
        Room() {
            this(new Scratch(Amx.SCRATCH_ALIGNMENT), new Scratch());
        }
    }

    TileProduct(RowBlocks blocks) {
        this.blocks = blocks;
        rooms = new Room[blocks.threads()];
        Arrays.setAll(rooms, i -> new Room());
    }

    /** How the inputs of a weight are rounded, if its products are done here. */
    static Optional<Amx.Form> form(Tensor weight) {
        return weight.rows() < Amx.ROWS || weight.width() % Amx.BLOCK != 0
                ? Optional.empty()
                : LOADED.flatMap(amx -> amx.of(weight.type())).map(Amx.OfType::form);
    }

    /** Makes room for inputs of (tokens, width). */
    void reserve(int tokens, int width) {
        LOADED.ifPresent(amx -> {
            reserve(amx.q80().form(), tokens, width);
            reserve(amx.bfloat16().form(), tokens, width);
        });
    }

    private void reserve(Amx.Form form, int tokens, int width) {
        int most = Math.min(Math.ceilDiv(tokens, Amx.MANY) * Amx.MANY, together(form, width));
        inputs.reserve(RoundedInputs.bytes(form, width, most));
        long rowBytes = (long) form.parts() * Float.BYTES;
        long sums = Math.max(STREAMED_ROWS_MAX * Amx.MANY, ROWS_MAX * most) * rowBytes;
        for (Room room : rooms) {
            room.scratch().reserve(Amx.SCRATCH_BYTES);
            room.sums().reserve(sums);
        }
    }

    private static int together(Amx.Form form, int width) {
        long of = RoundedInputs.bytes(form, width, Amx.MANY);
        return Amx.MANY * Math.clamp(INPUT_BYTES / of, 1, Integer.MAX_VALUE / Amx.MANY);
    }

    /** The weights are those of one form. */
    void run(Amx.Form form, Tensor x, List<Tensor> weights, List<Tensor> outs, boolean add) {
        reserve(form, x.rows(), x.width());
        int together = together(form, x.width());
        int most = x.rows() <= Amx.MANY ? STREAMED_ROWS_MAX : ROWS_MAX;
        int blockRows = blocks.fairRows(weights, Amx.ROWS, most);
        for (int first = 0; first < x.rows(); first += together) {
            int count = Math.min(together, x.rows() - first);
            int from = first;
            Tensor some = x.rows(from, count);
            var rounded = new RoundedInputs(form, x.width(), count, inputs.address());
            blocks.run(
                    rounded.parts(),
                    (long) count * x.width(),
                    (worker, part) -> rounded.fill(some, part));
            List<Tensor> of = outs.stream().map(out -> out.rows(from, count)).toList();
            blocks.run(
                    some,
                    weights,
                    of,
                    add,
                    blockRows,
                    (rows, worker) -> block(rows, rounded, rooms[worker]));
        }
    }

    /** Rows that do not fill a group are done as the last ones of a group that reaches back. */
    private static void block(WeightRows rows, RoundedInputs rounded, Room room) {
        int left = rows.count() % Amx.ROWS;
        int whole = rows.count() - left;
        if (whole > 0) {
            multiply(rows, rows.first(), whole, rounded, room);
            put(rows, 0, whole, 0, rounded, room);
        }
        if (left > 0) {
            multiply(rows, rows.first() + rows.count() - Amx.ROWS, Amx.ROWS, rounded, room);
            put(rows, whole, left, Amx.ROWS - left, rounded, room);
        }
    }

    /** Some rows, in whole groups, with all inputs. */
    private static void multiply(
            WeightRows rows, int first, int count, RoundedInputs rounded, Room room) {
        Expander.Source source = rows.source();
        Amx.OfType code = LOADED.orElseThrow().of(source.type()).orElseThrow();
        long scratch = room.scratch().address();
        Memory.zero(room.sums().address(), count * rounded.rowBytes());
        boolean streamed = rounded.groups().size() == 1;
        int chunk = streamed ? rounded.blocks() : CHUNK;
        for (int from = 0; from < rounded.blocks(); from += chunk) {
            int length = Math.min(chunk, rounded.blocks() - from);
            // Wanted next: the next rows, or the rest of these.
            long next =
                    streamed
                            ? source.at(first + Amx.ROWS, 0)
                            : source.at(first, (from + length) % rounded.blocks() * Amx.BLOCK);
            Memory.setLong(scratch + Amx.NEXT, next);
            Memory.setLong(
                    scratch + Amx.NEXT_STEP,
                    streamed ? (long) Amx.ROWS * code.blockBytes() : source.rowBytes());
            long sums = room.sums().address();
            for (RoundedInputs.Group group : rounded.groups()) {
                Memory.setLong(scratch + Amx.SUMS, sums);
                code.multiply(
                        source.at(first, from * Amx.BLOCK),
                        source.rowBytes(),
                        rounded.block(group, from),
                        group.abreast(),
                        length,
                        scratch,
                        count / Amx.ROWS);
                sums += count * rounded.sumBytes(group);
            }
        }
    }

    /**
     * Puts products in their places.
     *
     * @param row of {@code rows} from which on {@code count} are put
     * @param skipped rows that were multiplied ahead of these
     */
    private static void put(
            WeightRows rows, int row, int count, int skipped, RoundedInputs rounded, Room room) {
        long sums = room.sums().address();
        for (RoundedInputs.Group group : rounded.groups()) {
            long apart = rounded.sumBytes(group);
            long lower = rounded.lowerSums(group);
            long from = sums + skipped * apart;
            for (int t = 0; t < group.count(); t++) {
                long products = from + (long) t * Float.BYTES;
                rows.put(row, count, group.first() + t, products, apart, lower);
            }
            sums += (skipped + count) * apart;
        }
    }

    @Override
    public void close() {
        inputs.close();
        for (Room room : rooms) {
            room.scratch().close();
            room.sums().close();
        }
    }
}
