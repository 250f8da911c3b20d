package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.PanelKernel.ABREAST;
import static assay.engine.kernel.cpu.PanelKernel.CHUNK;
import static assay.engine.kernel.cpu.PanelKernel.LANES;
import static assay.engine.kernel.cpu.PanelKernel.STRIDE;
import static assay.engine.kernel.cpu.PanelKernel.TILE;

import assay.engine.kernel.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The inputs of a product, laid out for the kernels: in groups, and of a group chunk after chunk.
 * Elements beyond a row's end and inputs that a group lacks are zero.
 */
final class Inputs {
    /** Elements of a whole chunk in each lane. */
    private static final int STEPS = CHUNK / LANES;

    /** Inputs for which tiles are faster than a plane that is not full. */
    private static final int TILED_MAX = 8;

    /**
     * Inputs that one kernel call takes.
     *
     * @param abreast how many it has room for: up to {@link #TILED_MAX} one after the other, or
     *     those of a plane side by side
     * @param at index of its first chunk
     */
    record Group(int first, int count, int abreast, int at) {
        boolean tiled() {
            return abreast <= TILED_MAX;
        }

        int chunk(int index) {
            return at + index * (tiled() ? abreast * STRIDE : LANES * laneFloats(STEPS));
        }

        /** Where a lane's elements begin in a chunk whose lanes have so many steps. */
        int lane(int chunk, int lane, int steps) {
            return chunk(chunk) + lane * laneFloats(steps);
        }

        /** A cache line more than the elements: the lanes of a power of two would share places. */
        private int laneFloats(int steps) {
            return steps * abreast + LANES;
        }

        /** Partial sums with so many rows. */
        int sums(int rows) {
            return rows * abreast * LANES;
        }
    }

    private final int width;
    private final List<Group> groups = new ArrayList<>();
    private float[] values = {};

    private Inputs(int width, int tokens, IntUnaryOperator abreastOf) {
        this.width = width;
        int at = 0;
        for (int first = 0; first < tokens; ) {
            int left = tokens - first;
            int abreast = abreastOf.applyAsInt(left);
            Group group = new Group(first, Math.min(left, abreast), abreast, at);
            groups.add(group);
            first += group.count();
            at = group.chunk(chunks());
        }
    }

    /** So many inputs for tiles and planes, without values. */
    static Inputs of(int width, int tokens) {
        return new Inputs(
                width,
                tokens,
                left -> left > ABREAST ? 2 * ABREAST : left > TILED_MAX ? ABREAST : TILE);
    }

    /** A few inputs for {@link PanelKernel#few}, without values. */
    static Inputs few(int width, int tokens) {
        return new Inputs(width, tokens, left -> left > TILE ? TILED_MAX : TILE);
    }

    int width() {
        return width;
    }

    List<Group> groups() {
        return groups;
    }

    float[] values() {
        return values;
    }

    int chunks() {
        return Math.ceilDiv(width, CHUNK);
    }

    /** Elements of a chunk. */
    int length(int chunk) {
        return Math.min(CHUNK, width - chunk * CHUNK);
    }

    /** The same in each lane, rounded up. */
    int steps(int chunk) {
        return Math.ceilDiv(length(chunk), LANES);
    }

    /** Elements of all lanes. */
    int paddedLength(int chunk) {
        return steps(chunk) * LANES;
    }

    /** Numbers that {@link #fill} wants room for. */
    int floats() {
        return groups.isEmpty() ? 0 : groups.getLast().chunk(chunks());
    }

    /** Parts that can be filled at once. */
    int parts() {
        return groups.size() * chunks();
    }

    void use(float[] room) {
        values = room;
    }

    /** Fills one part from the rows of {@code x}. */
    void fill(Tensor x, int part) {
        Group group = groups.get(part / chunks());
        int chunk = part % chunks();
        long from =
                Memory.address(x.data())
                        + group.first() * x.rowBytes()
                        + (long) chunk * CHUNK * Float.BYTES;
        if (group.tiled()) {
            tile(group, chunk, from, x.rowBytes());
        } else {
            planes(group, chunk, from, x.rowBytes());
        }
    }

    private void tile(Group group, int chunk, long from, long rowBytes) {
        int at = group.chunk(chunk);
        for (int i = 0; i < group.abreast(); i++, at += STRIDE) {
            int length = i < group.count() ? length(chunk) : 0;
            Memory.copy(from + i * rowBytes, values, at, length);
            Arrays.fill(values, at + length, at + paddedLength(chunk), 0);
        }
    }

    private void planes(Group group, int chunk, long from, long rowBytes) {
        int length = length(chunk);
        int steps = steps(chunk);
        if (length % LANES != 0 || group.count() < group.abreast()) {
            Arrays.fill(values, group.chunk(chunk), group.lane(chunk, LANES, steps), 0);
        }
        int abreast = group.abreast();
        int lanes = group.lane(chunk, 1, steps) - group.lane(chunk, 0, steps);
        for (int i = 0; i < group.count(); i++) {
            int at = group.chunk(chunk) + i;
            long row = from + i * rowBytes;
            for (int k = 0; k < length; k++) {
                int to = at + k % LANES * lanes + k / LANES * abreast;
                values[to] = Memory.getFloat(row + (long) k * Float.BYTES);
            }
        }
    }
}
