package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * Weights of some rows to a panel of floats. The same rows' next weights are asked for meanwhile:
 * they come while the panel is multiplied.
 *
 * <p>Arguments of the function: the first row's address, bytes from a row to the next, the panel's
 * address, steps of 32 elements, rows.
 */
final class ExpandCode {
    private static final int VECTOR = 64;

    private ExpandCode() {}

    /**
     * The function for one type.
     *
     * @param chunk elements that a panel's row has room for
     * @param rowBytes from one row of the panel to the next
     */
    static byte[] function(WeightCode weights, int chunk, int rowBytes) {
        int ahead = chunk / Avx512.STEP * weights.stepBytes();
        Assembler code = new Assembler();
        Label row = code.label();
        code.move(Register.RAX, Register.RDI);
        code.move(Register.R10, Register.RDX);
        code.move(Register.R11, Register.RCX);
        Label next = code.label();
        for (int line = 0; line < weights.stepBytes(); line += VECTOR) {
            code.prefetch(new Memory(Register.RAX, ahead + line));
        }
        weights.step().emit(code, Register.RAX, 0);
        code.store(0, new Memory(Register.R10, 0));
        code.store(1, new Memory(Register.R10, VECTOR));
        code.add(Register.RAX, weights.stepBytes());
        code.add(Register.R10, 2 * VECTOR);
        code.repeat(Register.R11, next);
        code.add(Register.RDI, Register.RSI);
        code.add(Register.RDX, rowBytes);
        code.repeat(Register.R8, row);
        code.leave();
        return code.code();
    }
}
