package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;
import assay.engine.kernel.cpu.x86.Assembler.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rows of bfloat16, sixteen at a time, with inputs that are split in two numbers of bfloat16 each
 * (see {@link Amx}). Of each input, the upper and the lower parts are columns of a tile, and the
 * products are added up in tiles to the end of the row.
 *
 * <p>Arguments as for {@link TileCode}: blocks are those of {@link TileCode#BLOCK} elements.
 */
final class FloatTileCode {
    private static final int ROWS = TileCode.ROWS;
    private static final int BLOCK_BYTES = TileCode.BLOCK * Short.BYTES;
    private static final int LINE = 64;

    // Tiles, by their numbers.
    private static final int WEIGHTS = 0;
    private static final int UPPER = 1;
    private static final int LOWER = 2;
    private static final int UPPER_SUMS = 3;
    private static final int LOWER_SUMS = 4;

    private final Assembler code = new Assembler();
    private final int inputs;

    private FloatTileCode(int inputs) {
        this.inputs = inputs;
    }

    /** Bytes of a block of so many inputs. */
    static int inputBytes(int inputs) {
        return (two(inputs) ? 2 : 1) * ROWS * TileCode.columnBytes(inputs);
    }

    /** From an input's upper parts to its lower ones. */
    static int lowerBytes(int inputs) {
        return two(inputs) ? ROWS * TileCode.columnBytes(inputs) : inputs * Integer.BYTES;
    }

    /** Whether upper and lower parts fill a tile each. */
    private static boolean two(int inputs) {
        return inputs == ROWS;
    }

    /**
     * @param inputs 1, 8 or 16
     * @param constants address of {@link #constants}
     */
    static byte[] function(int inputs, long constants) {
        var made = new FloatTileCode(inputs);
        made.emit(constants);
        return made.code.code();
    }

    /** What a function for so many inputs loads: the tiles' configuration. */
    static byte[] constants(int inputs) {
        ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0, (byte) 1); // palette
        for (int tile = WEIGHTS; tile <= LOWER_SUMS; tile++) {
            int rowBytes = tile == WEIGHTS ? BLOCK_BYTES : TileCode.columnBytes(inputs);
            bytes.putShort(16 + 2 * tile, (short) rowBytes);
            bytes.put(48 + tile, (byte) ROWS);
        }
        return bytes.array();
    }

    private void emit(long constants) {
        code.push(Register.RBX);
        code.push(Register.RBP);
        code.move(Register.RAX, constants);
        code.configureTiles(Register.RAX);
        code.move(Register.RBX, TileCode.columnBytes(inputs));
        code.load(Register.RBP, new Memory(Register.R8, TileCode.NEXT));
        Label group = code.label();
        sums(code::loadTile);
        code.move(Register.RAX, Register.RDI);
        code.move(Register.R10, Register.RDX);
        code.move(Register.R11, Register.RCX);
        Label block = code.label();
        multiply();
        code.repeat(Register.R11, block);
        sums(code::storeTile);
        code.load(Register.RAX, new Memory(Register.R8, TileCode.SUMS));
        code.add(Register.RAX, 2 * ROWS * inputs * Float.BYTES);
        code.store(Register.RAX, new Memory(Register.R8, TileCode.SUMS));
        code.move(Register.RAX, Register.RSI);
        for (int i = 1; i < ROWS; i *= 2) {
            code.add(Register.RAX, Register.RAX);
        }
        code.add(Register.RDI, Register.RAX);
        code.repeat(Register.R9, group);
        code.releaseTiles();
        code.pop(Register.RBP);
        code.pop(Register.RBX);
        code.leave();
    }

    private void multiply() {
        for (int line = 0; line < ROWS * BLOCK_BYTES; line += LINE) {
            code.prefetchFar(new Memory(Register.RBP, line));
        }
        code.add(Register.RBP, new Memory(Register.R8, TileCode.NEXT_STEP));
        code.loadTile(WEIGHTS, new Rows(Register.RAX, 0, Register.RSI, 1));
        code.loadTile(UPPER, new Rows(Register.R10, 0, Register.RBX, 1));
        code.multiplyAddFloatTile(UPPER_SUMS, WEIGHTS, UPPER);
        if (two(inputs)) {
            code.loadTile(LOWER, new Rows(Register.R10, lowerBytes(inputs), Register.RBX, 1));
            code.multiplyAddFloatTile(LOWER_SUMS, WEIGHTS, LOWER);
        }
        code.add(Register.RAX, BLOCK_BYTES);
        code.add(Register.R10, inputBytes(inputs));
    }

    /** Loads or stores those of a group: of each row, with each input's upper and lower parts. */
    private void sums(Move move) {
        code.load(Register.R10, new Memory(Register.R8, TileCode.SUMS));
        int scale = two(inputs) ? 2 : 1;
        move.of(UPPER_SUMS, new Rows(Register.R10, 0, Register.RBX, scale));
        if (two(inputs)) {
            int lower = inputs * Float.BYTES;
            move.of(LOWER_SUMS, new Rows(Register.R10, lower, Register.RBX, scale));
        }
    }

    private interface Move {
        void of(int tile, Rows rows);
    }
}
