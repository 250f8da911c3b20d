package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Length;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rounds an input's blocks to ints of 16 bits and puts their two bytes where {@link TileCode} wants
 * them. A block's largest magnitude becomes {@link Amx#LARGEST}. Magnitudes are compared as ints,
 * by which anything that is not a number is the largest, and shows in the scale.
 *
 * <p>Arguments of the function: the input's address, where its upper bytes of the first block go,
 * blocks.
 */
final class RoundCode {
    private static final int VECTOR = 64;

    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int LARGEST = 2;
    private static final int FACTOR = 3;
    private static final int UPPER = 4;
    private static final int LOWER = 5;
    private static final int MAGNITUDE = 16;
    private static final int SMALLEST = 17;
    private static final int GOAL = 18;
    private static final int GOAL_INVERSE = 19;
    private static final int HALF = 20;

    private RoundCode() {}

    /** What the function loads. */
    static byte[] constants() {
        int[] lanes = {
            Integer.MAX_VALUE,
            Float.floatToRawIntBits(Amx.SMALLEST),
            Float.floatToRawIntBits(Amx.LARGEST),
            Float.floatToRawIntBits(1f / Amx.LARGEST),
            1 << (Byte.SIZE - 1)
        };
        ByteBuffer bytes =
                ByteBuffer.allocate(lanes.length * VECTOR).order(ByteOrder.LITTLE_ENDIAN);
        for (int lane : lanes) {
            for (int i = 0; i < VECTOR / Integer.BYTES; i++) {
                bytes.putInt(lane);
            }
        }
        return bytes.array();
    }

    /**
     * @param inputs that stand side by side
     * @param constants address of {@link #constants}
     */
    static byte[] function(int inputs, long constants) {
        Assembler code = new Assembler();
        code.move(Register.RAX, constants);
        for (int i = 0; MAGNITUDE + i <= HALF; i++) {
            code.load(MAGNITUDE + i, new Memory(Register.RAX, i * VECTOR));
        }
        Label block = code.label();
        code.load(FIRST, new Memory(Register.RDI, 0));
        code.load(SECOND, new Memory(Register.RDI, VECTOR));
        scale(code);
        code.multiply(GOAL_INVERSE + 2, LARGEST, GOAL_INVERSE);
        int scales = TileCode.inputBytes(inputs) - VECTOR;
        code.storeInt(GOAL_INVERSE + 2, 0, new Memory(Register.RSI, scales));
        half(code, FIRST, inputs, 0);
        half(code, SECOND, inputs, 4);
        code.add(Register.RDI, 2 * VECTOR);
        code.add(Register.RSI, TileCode.inputBytes(inputs));
        code.repeat(Register.RDX, block);
        code.leave();
        return code.code();
    }

    /** Finds the largest magnitude, in all lanes, and the factor that makes it the goal. */
    private static void scale(Assembler code) {
        code.and(LARGEST, FIRST, MAGNITUDE);
        code.and(FACTOR, SECOND, MAGNITUDE);
        code.largerInts(LARGEST, LARGEST, FACTOR);
        for (int order : new int[] {0b01_00_11_10, 0b10_11_00_01}) {
            code.mixQuarters(FACTOR, LARGEST, order);
            code.largerInts(LARGEST, LARGEST, FACTOR);
        }
        for (int order : new int[] {0b01_00_11_10, 0b10_11_00_01}) {
            code.mixInts(FACTOR, LARGEST, order);
            code.largerInts(LARGEST, LARGEST, FACTOR);
        }
        code.largerInts(LARGEST, LARGEST, SMALLEST);
        code.vectors(Length.BITS_128);
        code.divide(FACTOR, GOAL, LARGEST);
        code.vectors(Length.BITS_512);
        code.spread(FACTOR, FACTOR);
    }

    /** Sixteen elements: four rows of the block. */
    private static void half(Assembler code, int x, int inputs, int row) {
        int rowBytes = TileCode.columnBytes(inputs);
        int lower = TileCode.lowerBytes(inputs);
        code.multiply(x, x, FACTOR);
        code.floatsToInts(x, x);
        code.lowestBytes(LOWER, x);
        code.addInts(x, x, HALF);
        code.shiftRight(x, x, Byte.SIZE);
        code.lowestBytes(UPPER, x);
        for (int i = 0; i < 4; i++) {
            int at = (row + i) * rowBytes;
            code.storeInt(UPPER, i, new Memory(Register.RSI, at));
            code.storeInt(LOWER, i, new Memory(Register.RSI, at + lower));
        }
    }
}
