package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * Rows of weights with one input, two rows at a time: what decoding one sequence is made of. The
 * processor alone keeps too few cache lines on their way while it also converts numbers, so memory
 * is asked for ahead of time.
 *
 * <p>Arguments of the function: the first row's address, bytes from a row to the next, the input's
 * address, steps of 32 elements in a row, where sixteen partial sums of each row go, pairs of rows.
 */
final class ColumnCode {
    /** How far ahead memory is asked for: the time in which a few rows are multiplied. */
    private static final int AHEAD = 8_192;

    private static final int VECTOR = 64;

    private static final int SUM = 0;
    private static final int INPUT = 2;
    private static final int WEIGHTS = 4;

    private ColumnCode() {}

    static byte[] function(WeightCode weights) {
        Assembler code = new Assembler();
        Label pair = code.label();
        code.push(Register.RDI);
        code.move(Register.RAX, Register.RDI);
        code.add(Register.RAX, Register.RSI);
        code.move(Register.R10, Register.RDX);
        code.move(Register.R11, Register.RCX);
        code.zero(SUM);
        code.zero(SUM + 1);
        Label next = code.label();
        code.load(INPUT, new Memory(Register.R10, 0));
        code.load(INPUT + 1, new Memory(Register.R10, VECTOR));
        row(code, weights, Register.RDI, SUM, WEIGHTS);
        row(code, weights, Register.RAX, SUM + 1, WEIGHTS + 2);
        code.add(Register.R10, 2 * VECTOR);
        code.repeat(Register.R11, next);
        code.store(SUM, new Memory(Register.R8, 0));
        code.store(SUM + 1, new Memory(Register.R8, VECTOR));
        code.add(Register.R8, 2 * VECTOR);
        code.pop(Register.RDI);
        code.add(Register.RDI, Register.RSI);
        code.add(Register.RDI, Register.RSI);
        code.repeat(Register.R9, pair);
        code.leave();
        return code.code();
    }

    private static void row(Assembler code, WeightCode weights, Register row, int sum, int to) {
        for (int line = 0; line < weights.stepBytes(); line += VECTOR) {
            code.prefetch(new Memory(row, AHEAD + line));
        }
        weights.step().emit(code, row, to);
        code.multiplyAdd(sum, to, INPUT);
        code.multiplyAdd(sum, to + 1, INPUT + 1);
        code.add(row, weights.stepBytes());
    }
}
