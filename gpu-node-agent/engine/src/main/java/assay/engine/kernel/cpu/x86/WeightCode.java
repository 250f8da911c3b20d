package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.DType;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;

/**
 * Code that turns the next 32 weights of a row into two vectors of floats, for one type.
 *
 * @param stepBytes of 32 weights
 */
record WeightCode(int stepBytes, Step step) {
    private static final int VECTOR = 64;

    /** Registers that hold a block's scale: those of two rows. */
    private static final int SCALE = 30;

    interface Step {
        /**
         * Puts the first sixteen weights into one register, the others into the next.
         *
         * @param row points to them
         */
        void emit(Assembler code, Register row, int to);
    }

    /** The types for which there is one. */
    static boolean knows(DType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0 -> true;
            case F8_E4M3, Q4_0, Q4_K, Q5_K, Q6_K -> false;
        };
    }

    static WeightCode of(DType type) {
        return switch (type) {
            case F32 -> new WeightCode(2 * VECTOR, WeightCode::float32);
            case F16 -> new WeightCode(VECTOR, WeightCode::float16);
            case BF16 -> new WeightCode(VECTOR, WeightCode::bfloat16);
            case Q8_0 -> new WeightCode(Short.BYTES + VECTOR / 2, WeightCode::q80);
            case F8_E4M3, Q4_0, Q4_K, Q5_K, Q6_K ->
                    throw new IllegalArgumentException(type + ": no code (see knows)");
        };
    }

    private static void float32(Assembler code, Register row, int to) {
        code.load(to, new Memory(row, 0));
        code.load(to + 1, new Memory(row, VECTOR));
    }

    private static void float16(Assembler code, Register row, int to) {
        code.halvesToFloats(to, new Memory(row, 0));
        code.halvesToFloats(to + 1, new Memory(row, VECTOR / 2));
    }

    /** The upper halves of floats. */
    private static void bfloat16(Assembler code, Register row, int to) {
        for (int half = 0; half < 2; half++) {
            code.shortsToInts(to + half, new Memory(row, half * VECTOR / 2));
            code.shiftLeft(to + half, to + half, Short.SIZE);
        }
    }

    /** A scale in half precision, and 32 signed bytes. */
    private static void q80(Assembler code, Register row, int to) {
        int scale = SCALE + to / 2 % 2;
        code.spreadShort(scale, new Memory(row, 0));
        code.halvesToFloats(scale, scale);
        for (int half = 0; half < 2; half++) {
            code.bytesToInts(to + half, new Memory(row, Short.BYTES + half * VECTOR / 4));
            code.intsToFloats(to + half, to + half);
            code.multiply(to + half, to + half, scale);
        }
    }
}
