package assay.engine.kernel.cpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.cpu.x86.Avx512;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A {@link PanelKernel} of which what takes the most time is assembled; the rest is in Java. */
final class PanelAvx512 implements PanelKernel {
    /** In a constant, so that the compiler knows what it calls. */
    private static final Optional<Avx512> LOADED =
            Avx512.load(CHUNK, STRIDE * Float.BYTES, FEW_ROWS);

    private static final PanelKernel JAVA = PanelKernel.java();

    private PanelAvx512() {}

    /** Empty where this machine cannot run it. */
    static Optional<PanelKernel> open() {
        return LOADED.map(code -> new PanelAvx512());
    }

    @Override
    public int rows() {
        return Avx512.ROWS;
    }

    @Override
    public void tile(
            float[] panel, int row, float[] inputs, int input, int length, float[] sums, int at) {
        JAVA.tile(panel, row, inputs, input, length, sums, at);
    }

    @Override
    public void column(float[] panel, long input, int length, float[] sums, int at) {
        JAVA.column(panel, input, length, sums, at);
    }

    @Override
    public void planes(
            float[] panel,
            float[] inputs,
            int input,
            int steps,
            int abreast,
            float[] sums,
            int at) {
        LOADED.orElseThrow()
                .planes(
                        MemorySegment.ofArray(panel),
                        MemorySegment.ofArray(inputs),
                        input,
                        steps,
                        abreast,
                        MemorySegment.ofArray(sums),
                        at);
    }

    @Override
    public boolean knows(DType type, int width) {
        return Avx512.knows(type) && width % Avx512.STEP == 0;
    }

    @Override
    public void expand(
            Expander.Source rows, int first, int count, int from, int length, float[] panel) {
        LOADED.orElseThrow()
                .of(rows.type())
                .expand(
                        rows.at(first, from),
                        rows.rowBytes(),
                        MemorySegment.ofArray(panel),
                        length,
                        count);
    }

    @Override
    public void stored(
            Expander.Source rows, int first, int count, long input, int width, float[] sums) {
        Avx512.OfType code = LOADED.orElseThrow().of(rows.type());
        MemorySegment to = MemorySegment.ofArray(sums);
        if (count > 1) {
            long weights = rows.at(first, 0);
            code.multiply(weights, rows.rowBytes(), input, width, to, count / 2);
        }
        if (count % 2 == 1) {
            long last = rows.at(first + count - 1, 0);
            code.multiply(last, 0, input, width, to.asSlice((count - 1) * LANES_BYTES), 1);
        }
    }

    @Override
    public void few(
            Expander.Source rows,
            int first,
            int count,
            int from,
            int length,
            float[] inputs,
            int input,
            int abreast,
            float[] sums,
            int at) {
        LOADED.orElseThrow()
                .of(rows.type())
                .few(
                        rows.at(first, from),
                        rows.rowBytes(),
                        MemorySegment.ofArray(inputs).asSlice((long) input * Float.BYTES),
                        length,
                        abreast,
                        MemorySegment.ofArray(sums).asSlice((long) at * Float.BYTES),
                        count);
    }
}
