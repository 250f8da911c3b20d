package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * Rows of weights with a few inputs: of three rows at a time, or of one, each step's weights are
 * turned into floats in registers, and meet all inputs there. No panel is written, which for a few
 * inputs takes as long as to multiply it.
 *
 * <p>Arguments of the function: the first row's address, bytes from a row to the next, the inputs'
 * address, steps of 32 elements, the sums' address, groups of rows.
 */
final class FewCode {
    private static final int VECTOR = 64;
    private static final int INPUT = 30;

    /** Pointers to the rows of a group. */
    private static final Register[] ROWS = {Register.RDI, Register.RAX, Register.R10};

    private final Assembler code = new Assembler();
    private final WeightCode weights;
    private final int rows;
    private final int inputs;

    private FewCode(WeightCode weights, int rows, int inputs) {
        this.weights = weights;
        this.rows = rows;
        this.inputs = inputs;
    }

    /**
     * The function for one type and shape.
     *
     * @param rows of a group, 1 or 3
     * @param inputs 4 or 8
     * @param inputBytes from an input to the next
     * @param sumBytes from an input's sums with the rows to the next input's
     */
    static byte[] function(WeightCode weights, int rows, int inputs, int inputBytes, int sumBytes) {
        return new FewCode(weights, rows, inputs).function(inputBytes, sumBytes);
    }

    private byte[] function(int inputBytes, int sumBytes) {
        Label group = code.label();
        code.push(Register.RDI);
        code.push(Register.RCX);
        for (int row = 1; row < rows; row++) {
            code.move(ROWS[row], ROWS[row - 1]);
            code.add(ROWS[row], Register.RSI);
        }
        code.move(Register.R11, Register.RDX);
        sums(sumBytes, true);
        Label step = code.label();
        for (int row = 0; row < rows; row++) {
            prefetchNext(row);
            weights.step().emit(code, ROWS[row], weight(row, 0));
        }
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < inputs; i++) {
                int input = INPUT + i % 2;
                code.load(input, new Memory(Register.R11, i * inputBytes + half * VECTOR));
                for (int row = 0; row < rows; row++) {
                    code.multiplyAdd(sum(row, i), weight(row, half), input);
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            code.add(ROWS[row], weights.stepBytes());
        }
        code.add(Register.R11, 2 * VECTOR);
        code.repeat(Register.RCX, step);
        sums(sumBytes, false);
        code.pop(Register.RCX);
        code.pop(Register.RDI);
        for (int row = 0; row < rows; row++) {
            code.add(Register.RDI, Register.RSI);
        }
        code.add(Register.R8, rows * VECTOR);
        code.repeat(Register.R9, group);
        code.leave();
        return code.code();
    }

    /** The same weights of the row that comes in this one's place: of the next group. */
    private void prefetchNext(int row) {
        for (int line = 0; line < weights.stepBytes(); line += VECTOR) {
            if (rows == 1) {
                code.prefetch(ROWS[0], Register.RSI, 1, line);
            } else {
                // Rows 3, 4 and 5, as it goes with steps of 1, 2 and 4 rows.
                Register base = row == 1 ? ROWS[0] : row == 2 ? ROWS[1] : ROWS[2];
                code.prefetch(base, Register.RSI, row == 0 ? 1 : 4, line);
            }
        }
    }

    private int weight(int row, int half) {
        return rows * inputs + 2 * row + half;
    }

    private int sum(int row, int input) {
        return input * rows + row;
    }

    private void sums(int sumBytes, boolean load) {
        for (int i = 0; i < inputs; i++) {
            for (int row = 0; row < rows; row++) {
                Memory at = new Memory(Register.R8, i * sumBytes + row * VECTOR);
                if (load) {
                    code.load(sum(row, i), at);
                } else {
                    code.store(sum(row, i), at);
                }
            }
        }
    }
}
