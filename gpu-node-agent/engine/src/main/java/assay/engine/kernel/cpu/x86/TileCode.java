package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.DType;
import assay.engine.kernel.cpu.x86.Assembler.Label;
import assay.engine.kernel.cpu.x86.Assembler.Length;
import assay.engine.kernel.cpu.x86.Assembler.Memory;
import assay.engine.kernel.cpu.x86.Assembler.Register;
import assay.engine.kernel.cpu.x86.Assembler.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;

/**
 * Rows of weights in blocks of 32 small ints with a scale, sixteen at a time, with inputs in blocks
 * of 32 ints of 16 bits with a scale (see {@link Amx}). Of each input, the upper and the lower
 * bytes are columns of a tile. A block's products come out of the tiles as exact ints and are then
 * scaled and added to the sums, block after block.
 *
 * <p>Arguments of the function: address of the first row, bytes from a row to the next, the inputs,
 * blocks of a row, scratch memory, groups of sixteen rows. In the scratch memory stand where the
 * sums are that are added to, and what is wanted next: as much as a block of the group has at an
 * address, and from it to what is wanted after that.
 */
final class TileCode {
    /** Rows of a group. */
    static final int ROWS = 16;

    /** Elements of a block. */
    static final int BLOCK = 32;

    // The scratch memory: two rooms for what a block leaves behind (what its tiles are stored to,
    // its
    // rows' scales as they are stored, unpacked weights), the scales as floats, more arguments.
    private static final int TILE = 1_024;
    private static final int SCALES = 2 * TILE;
    private static final int UNPACKED = SCALES + 64;
    private static final int ROOM = 4_096;
    private static final int FLOATS = 2 * ROOM;
    static final int SUMS = FLOATS + 64;
    static final int NEXT = SUMS + Long.BYTES;
    static final int NEXT_STEP = NEXT + Long.BYTES;
    static final int SCRATCH = NEXT_STEP + Long.BYTES;

    /** So that the address of one room differs from that of the other in one bit. */
    static final int ALIGNMENT = 2 * ROOM;

    private static final int VECTOR = 64;
    private static final int LINE = 64;
    private static final int SCALE_BYTES = Short.BYTES;

    // Tiles, by their numbers.
    private static final int WEIGHTS = 0;
    private static final int UPPER = 1;
    private static final int LOWER = 2;
    private static final int UPPER_SUMS = 3;
    private static final int LOWER_SUMS = 4;

    // Vectors.
    private static final int ROW_SCALE = 0;
    private static final int INPUT_SCALE = 1;
    private static final int SPARE = 2;
    private static final int SPARES = 8;
    private static final int EVEN = 10;
    private static final int ODD = 11;
    private static final int SHIFTS = 12;
    private static final int NIBBLE = 13;
    private static final int EIGHTS = 14;
    private static final int SUM = 16;

    /** The step from which those of tiles are multiples. */
    private static final int STRIDE = 8;

    private final Assembler code = new Assembler();
    private final DType type;
    private final int inputs;
    private final int blockBytes;

    private TileCode(DType type, int inputs) {
        this.type = type;
        this.inputs = inputs;
        this.blockBytes = type.blockBytes();
    }

    /** Bytes of a block of so many inputs: their columns, then their scales. */
    static int inputBytes(int inputs) {
        return tiles(inputs) * BLOCK / Integer.BYTES * columnBytes(inputs) + VECTOR;
    }

    /** Bytes of a tile's row. */
    static int columnBytes(int inputs) {
        return inputs == ROWS ? inputs * Integer.BYTES : 2 * inputs * Integer.BYTES;
    }

    /** From an input's upper bytes to its lower ones. */
    static int lowerBytes(int inputs) {
        return inputs == ROWS ? ROWS * BLOCK : inputs * Integer.BYTES;
    }

    /** Upper and lower bytes are columns of the same tile unless they fill one each. */
    private static int tiles(int inputs) {
        return inputs == ROWS ? 2 : 1;
    }

    /**
     * @param inputs 1, 8 or 16
     * @param constants address of {@link #constants}
     */
    static byte[] function(DType type, int inputs, long constants) {
        var made = new TileCode(type, inputs);
        made.emit(constants);
        return made.code.code();
    }

    /** What a function for so many inputs loads: the tiles' configuration, then some vectors. */
    static byte[] constants(int inputs) {
        ByteBuffer bytes = ByteBuffer.allocate(6 * VECTOR).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0, (byte) 1); // palette
        int columns = columnBytes(inputs);
        int[] rowBytes = {BLOCK, columns, columns, columns, columns};
        int[] rows = {ROWS, BLOCK / Integer.BYTES, BLOCK / Integer.BYTES, ROWS, ROWS};
        for (int tile = 0; tile < rows.length; tile++) {
            bytes.putShort(16 + 2 * tile, (short) rowBytes[tile]);
            bytes.put(48 + tile, (byte) rows[tile]);
        }
        for (int lane = 0; lane < 16; lane++) {
            bytes.putInt(VECTOR + 4 * lane, 2 * lane);
            bytes.putInt(2 * VECTOR + 4 * lane, 2 * lane + 1);
            bytes.putInt(3 * VECTOR + 4 * lane, lane < 4 ? 0 : 4);
            bytes.putInt(4 * VECTOR + 4 * lane, 0x0F0F0F0F);
            bytes.putInt(5 * VECTOR + 4 * lane, 0x08080808);
        }
        return bytes.array();
    }

    private static final Register[] KEPT = {
        Register.RBX, Register.RBP, Register.R13, Register.R14, Register.R15
    };

    private void emit(long constants) {
        for (Register register : KEPT) {
            code.push(register);
        }
        code.move(Register.R14, constants);
        code.configureTiles(Register.R14);
        int[] vectors = {EVEN, ODD, SHIFTS, NIBBLE, EIGHTS};
        for (int i = 0; i < vectors.length; i++) {
            code.load(vectors[i], new Memory(Register.R14, (i + 1) * VECTOR));
        }
        code.move(Register.RBX, STRIDE);
        code.load(Register.R15, new Memory(Register.R8, SUMS));
        code.load(Register.RBP, new Memory(Register.R8, NEXT));

        Label group = code.label();
        code.push(Register.R9);
        multiplyGroup();
        code.move(Register.R14, Register.RSI);
        for (int i = 1; i < ROWS; i *= 2) {
            code.add(Register.R14, Register.R14);
        }
        code.add(Register.RDI, Register.R14);
        code.pop(Register.R9);
        code.repeat(Register.R9, group);

        code.releaseTiles();
        for (int i = KEPT.length - 1; i >= 0; i--) {
            code.pop(KEPT[i]);
        }
        code.leave();
    }

    /**
     * A block's products are added while the next one's are made: what tiles have just stored
     * cannot be loaded before the processor has done with all that stands before it.
     */
    private void multiplyGroup() {
        code.move(Register.RAX, Register.RDI);
        code.move(Register.R10, Register.RDX);
        code.move(Register.R11, Register.RCX);
        code.move(Register.R13, Register.R8);
        sums(code::load);
        makeProducts();
        Label last = code.leaveIfLast(Register.R11);
        Label block = code.label();
        makeProducts();
        addProducts();
        code.repeat(Register.R11, block);
        code.here(last);
        code.xor(Register.R13, ROOM);
        code.add(Register.R10, inputBytes(inputs));
        addProducts();
        sums(code::store);
        code.add(Register.R15, ROWS * inputs * Float.BYTES);
    }

    /** Loads or stores those of a group. */
    private void sums(BiConsumer<Integer, Memory> move) {
        int bytes = inputs == 1 ? VECTOR : inputs * Float.BYTES;
        code.vectors(inputs == 8 ? Length.BITS_256 : Length.BITS_512);
        for (int i = 0; i < ROWS * inputs * Float.BYTES / bytes; i++) {
            move.accept(SUM + i, new Memory(Register.R15, i * bytes));
        }
        code.vectors(Length.BITS_512);
    }

    /** Of the next block, in the current room; goes on to the other one. */
    private void makeProducts() {
        prefetchNext();
        collectScales();
        multiplyTiles();
        code.add(Register.RAX, blockBytes);
        code.add(Register.R10, inputBytes(inputs));
        code.xor(Register.R13, ROOM);
    }

    /** Those of the block before. */
    private void addProducts() {
        code.halvesToFloats(ROW_SCALE, new Memory(Register.R13, SCALES));
        if (inputs == 1) {
            addOne();
        } else {
            addMany();
        }
    }

    /** Puts the scales of the sixteen rows' blocks side by side. */
    private void collectScales() {
        code.move(Register.R9, Register.RAX);
        for (int row = 0; row < ROWS; row++) {
            code.loadShort(Register.R14, new Memory(Register.R9, 0));
            code.storeShort(Register.R14, new Memory(Register.R13, SCALES + row * SCALE_BYTES));
            code.add(Register.R9, Register.RSI);
        }
    }

    /** Sixteen rows side by side look random to memory, which therefore is told. */
    private void prefetchNext() {
        for (int line = 0; line < ROWS * blockBytes; line += LINE) {
            code.prefetchFar(new Memory(Register.RBP, line));
        }
        code.add(Register.RBP, new Memory(Register.R8, NEXT_STEP));
    }

    private void multiplyTiles() {
        Rows weights = new Rows(Register.RAX, SCALE_BYTES, Register.RSI, 1);
        if (type == DType.Q4_0) {
            unpack();
            weights = new Rows(Register.R13, UNPACKED, Register.RBX, BLOCK / STRIDE);
        }
        int step = columnBytes(inputs) / STRIDE;
        boolean two = tiles(inputs) == 2;
        code.zeroTile(UPPER_SUMS);
        if (two) {
            code.zeroTile(LOWER_SUMS);
        }
        code.loadTile(WEIGHTS, weights);
        code.loadTile(UPPER, new Rows(Register.R10, 0, Register.RBX, step));
        if (two) {
            code.loadTile(LOWER, new Rows(Register.R10, lowerBytes(inputs), Register.RBX, step));
        }
        code.multiplyAddTile(UPPER_SUMS, WEIGHTS, UPPER);
        if (two) {
            code.multiplyAddTile(LOWER_SUMS, WEIGHTS, LOWER);
        }
        code.storeTile(UPPER_SUMS, new Rows(Register.R13, 0, Register.RBX, step));
        if (two) {
            code.storeTile(LOWER_SUMS, new Rows(Register.R13, TILE, Register.RBX, step));
        }
    }

    /** Nibbles, of which each byte's lower ones come first, as bytes around zero. */
    private void unpack() {
        code.vectors(Length.BITS_256);
        code.move(Register.R14, Register.RAX);
        for (int row = 0; row < ROWS; row++) {
            int to = SPARE + row % SPARES;
            code.spreadQuarter(to, new Memory(Register.R14, SCALE_BYTES));
            code.shiftEachRight(to, to, SHIFTS);
            code.and(to, to, NIBBLE);
            code.subtractBytes(to, to, EIGHTS);
            code.store(to, new Memory(Register.R13, UNPACKED + row * BLOCK));
            code.add(Register.R14, Register.RSI);
        }
        code.vectors(Length.BITS_512);
    }

    /** Adds one input's products with sixteen rows, which have come out as pairs of ints. */
    private void addOne() {
        int upper = SPARE;
        int lower = SPARE + 1;
        int rest = SPARE + 2;
        code.load(upper, new Memory(Register.R13, 0));
        code.load(lower, new Memory(Register.R13, 0));
        code.load(rest, new Memory(Register.R13, VECTOR));
        code.pickInts(upper, EVEN, rest);
        code.pickInts(lower, ODD, rest);
        code.shiftLeft(upper, upper, Byte.SIZE);
        code.addInts(upper, upper, lower);
        code.intsToFloats(upper, upper);
        int scales = BLOCK / Integer.BYTES * columnBytes(inputs);
        code.multiplySpread(
                ROW_SCALE, ROW_SCALE, new Memory(Register.R10, scales - 2 * inputBytes(inputs)));
        code.multiplyAdd(SUM, upper, ROW_SCALE);
    }

    /** Adds the products of each row with the inputs, which are side by side. */
    private void addMany() {
        boolean two = tiles(inputs) == 2;
        code.store(ROW_SCALE, new Memory(Register.R8, FLOATS));
        code.vectors(two ? Length.BITS_512 : Length.BITS_256);
        code.load(INPUT_SCALE, new Memory(Register.R10, -VECTOR - inputBytes(inputs)));
        for (int row = 0; row < ROWS; row++) {
            int product = SPARE + 2 * row % SPARES;
            int scale = product + 1;
            int at = row * VECTOR;
            code.shiftLeft(product, new Memory(Register.R13, at), Byte.SIZE);
            int lower = two ? at + TILE : at + VECTOR / 2;
            code.addInts(product, product, new Memory(Register.R13, lower));
            code.intsToFloats(product, product);
            int rowScale = FLOATS + row * Float.BYTES;
            code.multiplySpread(scale, INPUT_SCALE, new Memory(Register.R8, rowScale));
            code.multiplyAdd(SUM + row, product, scale);
        }
        code.vectors(Length.BITS_512);
    }
}
