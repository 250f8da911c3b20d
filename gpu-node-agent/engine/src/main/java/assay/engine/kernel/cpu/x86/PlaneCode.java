package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * The rows of a panel with many inputs, lane after lane, as {@code PanelKernel} lays them out: two
 * dozen sums in registers, for which the Java compiler gives up.
 *
 * <p>Arguments of the function: the panel, the inputs, the sums (addresses of arrays), the offsets
 * of the first input and the first sum in bytes, and steps of a lane.
 */
final class PlaneCode {
    static final int ROWS = 12;

    private static final int LANES = 16;
    private static final int VECTOR = 64;
    private static final int INPUT = 2 * ROWS;
    private static final int WEIGHT = INPUT + 2;

    /** Registers that rows' elements are spread to in turn, so that none waits for another. */
    private static final int WEIGHTS = 4;

    /**
     * How far ahead the inputs are asked for. Without it what comes from the second-level cache
     * holds the multipliers up for a third of their time.
     */
    private static final int AHEAD = 2_048;

    private PlaneCode() {}

    /**
     * Thirty-two inputs.
     *
     * @param rowBytes from one row of the panel to the next
     */
    static byte[] two(int rowBytes) {
        Assembler code = new Assembler();
        code.add(Register.RSI, Register.RCX);
        code.add(Register.RDX, Register.R8);
        code.move(Register.R10, LANES);
        Label lane = code.label();
        sums(code, true);
        code.move(Register.RCX, Register.R9);
        code.move(Register.R8, Register.RDI);
        Label step = code.label();
        code.load(INPUT, new Memory(Register.RSI, 0));
        code.load(INPUT + 1, new Memory(Register.RSI, VECTOR));
        code.prefetch(new Memory(Register.RSI, AHEAD));
        code.prefetch(new Memory(Register.RSI, AHEAD + VECTOR));
        for (int row = 0; row < ROWS; row++) {
            int weight = WEIGHT + row % WEIGHTS;
            code.spread(weight, new Memory(Register.R8, row * rowBytes));
            code.multiplyAdd(2 * row, weight, INPUT);
            code.multiplyAdd(2 * row + 1, weight, INPUT + 1);
        }
        code.add(Register.RSI, 2 * VECTOR);
        code.add(Register.R8, VECTOR);
        code.repeat(Register.RCX, step);
        sums(code, false);
        code.add(Register.RDX, 2 * ROWS * VECTOR);
        // The cache line between the lanes of the inputs.
        code.add(Register.RSI, VECTOR);
        code.add(Register.RDI, Float.BYTES);
        code.repeat(Register.R10, lane);
        code.leave();
        return code.code();
    }

    /** Sixteen inputs, two lanes at a time. */
    static byte[] one(int rowBytes) {
        Assembler code = new Assembler();
        code.add(Register.RSI, Register.RCX);
        code.add(Register.RDX, Register.R8);
        code.move(Register.R10, LANES / 2);
        Label lane = code.label();
        sums(code, true);
        code.move(Register.RCX, Register.R9);
        code.move(Register.R8, Register.RDI);
        // The next lane of the inputs: the steps' vectors and one cache line on.
        code.move(Register.R11, Register.RSI);
        Label skip = code.label();
        code.add(Register.R11, VECTOR);
        code.repeat(Register.RCX, skip);
        code.add(Register.R11, VECTOR);
        code.move(Register.RCX, Register.R9);
        Label step = code.label();
        code.load(INPUT, new Memory(Register.RSI, 0));
        code.load(INPUT + 1, new Memory(Register.R11, 0));
        code.prefetch(new Memory(Register.RSI, AHEAD));
        code.prefetch(new Memory(Register.R11, AHEAD));
        for (int row = 0; row < ROWS; row++) {
            for (int second = 0; second < 2; second++) {
                Memory weight = new Memory(Register.R8, row * rowBytes + second * Float.BYTES);
                code.multiplyAddSpread(second * ROWS + row, INPUT + second, weight);
            }
        }
        code.add(Register.RSI, VECTOR);
        code.add(Register.R11, VECTOR);
        code.add(Register.R8, VECTOR);
        code.repeat(Register.RCX, step);
        sums(code, false);
        code.add(Register.RDX, 2 * ROWS * VECTOR);
        code.move(Register.RSI, Register.R11);
        code.add(Register.RSI, VECTOR);
        code.add(Register.RDI, 2 * Float.BYTES);
        code.repeat(Register.R10, lane);
        code.leave();
        return code.code();
    }

    private static void sums(Assembler code, boolean load) {
        for (int i = 0; i < 2 * ROWS; i++) {
            Memory sum = new Memory(Register.RDX, i * VECTOR);
            if (load) {
                code.load(i, sum);
                code.prefetch(new Memory(Register.RDX, (2 * ROWS + i) * VECTOR));
            } else {
                code.store(i, sum);
            }
        }
    }
}
