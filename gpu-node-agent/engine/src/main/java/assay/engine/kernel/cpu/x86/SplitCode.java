package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Length;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * Splits an input's elements in two numbers of bfloat16, the nearest one and the nearest one to
 * what is left, and puts pairs of them where {@link FloatTileCode} wants them.
 *
 * <p>Arguments of the function: the input's address, where its upper parts of the first block go,
 * blocks.
 */
final class SplitCode {
    private static final int VECTOR = 64;
    private static final int HALVES = 2;

    /** Pairs in a quarter of a vector. */
    private static final int PAIRS = 4;

    private static final int X = 0;
    private static final int UPPER = 1;
    private static final int WIDE = 2;
    private static final int LOWER = 3;

    private SplitCode() {}

    /**
     * @param inputs that stand side by side
     */
    static byte[] function(int inputs) {
        Assembler code = new Assembler();
        Label block = code.label();
        for (int half = 0; half < HALVES; half++) {
            code.load(X, new Memory(Register.RDI, half * VECTOR));
            code.floatsToBfloats(UPPER, X);
            code.shortsToInts(WIDE, UPPER);
            code.shiftLeft(WIDE, WIDE, Short.SIZE);
            code.subtract(X, X, WIDE);
            code.floatsToBfloats(LOWER, X);
            int first = half * HALVES * PAIRS;
            store(code, UPPER, inputs, first, 0);
            store(code, LOWER, inputs, first, FloatTileCode.lowerBytes(inputs));
        }
        code.add(Register.RDI, HALVES * VECTOR);
        code.add(Register.RSI, FloatTileCode.inputBytes(inputs));
        code.repeat(Register.RDX, block);
        code.leave();
        return code.code();
    }

    /** Eight pairs, each to a row of the block. */
    private static void store(Assembler code, int from, int inputs, int row, int offset) {
        int rowBytes = TileCode.columnBytes(inputs);
        for (int i = 0; i < PAIRS; i++) {
            code.storeInt(from, i, new Memory(Register.RSI, offset + (row + i) * rowBytes));
        }
        code.vectors(Length.BITS_256);
        code.quarter(from, from, 1);
        code.vectors(Length.BITS_512);
        for (int i = 0; i < PAIRS; i++) {
            int at = offset + (row + PAIRS + i) * rowBytes;
            code.storeInt(from, i, new Memory(Register.RSI, at));
        }
    }
}
