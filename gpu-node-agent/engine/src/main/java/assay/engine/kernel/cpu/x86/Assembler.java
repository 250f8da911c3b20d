package assay.engine.kernel.cpu.x86;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes the machine code of a function: the few instructions that the kernels need, in the
 * encodings of the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2 (VEX:
 * section 2.3, EVEX: 2.7). Vectors have 512 bits unless said; a memory operand is a base register
 * and a displacement of 32 bits, which EVEX does not scale.
 */
final class Assembler {
    /**
     * General registers, by their numbers. A function restores RBX, RBP and R13 to R15; R12 and RSP
     * are left out, since as a base they want another encoding.
     */
    enum Register {
        RAX(0),
        RCX(1),
        RDX(2),
        RBX(3),
        RBP(5),
        RSI(6),
        RDI(7),
        R8(8),
        R9(9),
        R10(10),
        R11(11),
        R13(13),
        R14(14),
        R15(15);

        private final int number;

        Register(int number) {
            this.number = number;
        }
    }

    /** An address. */
    record Memory(Register base, int displacement) {}

    /**
     * Addresses at a distance: {@code base + displacement}, then each time {@code index * scale}.
     */
    record Rows(Register base, int displacement, Register index, int scale) {}

    /** Bits of a vector. */
    enum Length {
        BITS_128(0),
        BITS_256(1),
        BITS_512(2);

        private final int code;

        Length(int code) {
            this.code = code;
        }
    }

    /** Where a jump goes back to, or the end of one whose target is not known yet. */
    record Label(int position) {}

    /** What tells vector instructions apart: opcode map, implied prefix, opcode. */
    private enum Vector {
        LOAD(1, 0, 0x10),
        STORE(1, 0, 0x11),
        MULTIPLY(1, 0, 0x59),
        SUBTRACT(1, 0, 0x5C),
        INTS_TO_FLOATS(1, 0, 0x5B),
        DIVIDE(1, 0, 0x5E),
        FLOATS_TO_INTS(1, 1, 0x5B),
        MIX_INTS(1, 1, 0x70),
        SHIFT(1, 1, 0x72),
        SHIFT_EACH_RIGHT(2, 1, 0x45),
        AND(1, 1, 0xDB),
        XOR(1, 1, 0xEF),
        SUBTRACT_BYTES(1, 1, 0xF8),
        ADD_INTS(1, 1, 0xFE),
        HALVES_TO_FLOATS(2, 1, 0x13),
        SPREAD_FLOAT(2, 1, 0x18),
        SIGNED_BYTES(2, 1, 0x21),
        UNSIGNED_SHORTS(2, 1, 0x33),
        SPREAD_QUARTER(2, 1, 0x5A),
        LOWEST_BYTES(2, 2, 0x31),
        FLOATS_TO_BFLOATS(2, 2, 0x72),
        LARGER_INTS(2, 1, 0x3F),
        SPREAD_SHORT(2, 1, 0x79),
        PICK_INTS(2, 1, 0x7E),
        MULTIPLY_ADD(2, 1, 0xB8),
        STORE_INT(3, 1, 0x16),
        QUARTER(3, 1, 0x39),
        MIX_QUARTERS(3, 1, 0x43);

        private final int map;
        private final int prefix;
        private final int opcode;

        Vector(int map, int prefix, int opcode) {
            this.map = map;
            this.prefix = prefix;
            this.opcode = opcode;
        }
    }

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final Map<Label, Integer> forward = new HashMap<>();
    private Length length = Length.BITS_512;

    byte[] code() {
        byte[] bytes = code.toByteArray();
        forward.forEach((from, to) ->
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(from.position - Integer.BYTES, to - from.position));
        return bytes;
    }

    /** Vectors have so many bits from here on. */
    void vectors(Length of) {
        length = of;
    }

    Label label() {
        return new Label(code.size());
    }

    void load(int to, Memory from) {
        vector(Vector.LOAD, length, to, 0, from, false);
    }

    void store(int from, Memory to) {
        vector(Vector.STORE, length, from, 0, to, false);
    }

    void zero(int register) {
        vector(Vector.XOR, length, register, register, register);
    }

    void multiply(int to, int left, int right) {
        vector(Vector.MULTIPLY, length, to, left, right);
    }

    /** With one float of memory in each lane of the right factor. */
    void multiplySpread(int to, int left, Memory right) {
        vector(Vector.MULTIPLY, length, to, left, right, true);
    }

    /** {@code sum += left * right}, rounded once. */
    void multiplyAdd(int sum, int left, int right) {
        vector(Vector.MULTIPLY_ADD, length, sum, left, right);
    }

    void multiplyAdd(int sum, int left, Memory right) {
        vector(Vector.MULTIPLY_ADD, length, sum, left, right, false);
    }

    /** With one float of memory in each lane of the right factor. */
    void multiplyAddSpread(int sum, int left, Memory right) {
        vector(Vector.MULTIPLY_ADD, length, sum, left, right, true);
    }

    /** One float in each lane. */
    void spread(int to, Memory from) {
        vector(Vector.SPREAD_FLOAT, length, to, 0, from, false);
    }

    /** One 16-bit number in each of the lower half's lanes. */
    void spreadShort(int to, Memory from) {
        vector(Vector.SPREAD_SHORT, Length.BITS_256, to, 0, from, false);
    }

    /** Sixteen half-precision numbers, of a register's lower half, as floats. */
    void halvesToFloats(int to, int from) {
        vector(Vector.HALVES_TO_FLOATS, length, to, 0, from);
    }

    void halvesToFloats(int to, Memory from) {
        vector(Vector.HALVES_TO_FLOATS, length, to, 0, from, false);
    }

    /** Sixteen signed bytes as ints. */
    void bytesToInts(int to, Memory from) {
        vector(Vector.SIGNED_BYTES, length, to, 0, from, false);
    }

    /** Sixteen unsigned 16-bit numbers as ints. */
    void shortsToInts(int to, Memory from) {
        vector(Vector.UNSIGNED_SHORTS, length, to, 0, from, false);
    }

    void divide(int to, int left, int right) {
        vector(Vector.DIVIDE, length, to, left, right);
    }

    /** The first float of a register in each lane. */
    void spread(int to, int from) {
        vector(Vector.SPREAD_FLOAT, length, to, 0, from);
    }

    /** Rounded to the nearest, ties to even. */
    void floatsToInts(int to, int from) {
        vector(Vector.FLOATS_TO_INTS, length, to, 0, from);
    }

    /** The larger of two unsigned ints, in each lane. */
    void largerInts(int to, int left, int right) {
        vector(Vector.LARGER_INTS, length, to, left, right);
    }

    /** The ints of each quarter in the order that {@code order} tells, two bits each. */
    void mixInts(int to, int from, int order) {
        vector(Vector.MIX_INTS, length, to, 0, from);
        code.write(order);
    }

    /** The quarters of a vector likewise. */
    void mixQuarters(int to, int from, int order) {
        vector(Vector.MIX_QUARTERS, length, to, from, from);
        code.write(order);
    }

    /** The lowest bytes of sixteen ints, in the first quarter. */
    void lowestBytes(int to, int from) {
        vector(Vector.LOWEST_BYTES, length, from, 0, to);
    }

    void subtract(int to, int left, int right) {
        vector(Vector.SUBTRACT, length, to, left, right);
    }

    /** As bfloat16, rounded to the nearest, ties to even: in the lower half. */
    void floatsToBfloats(int to, int from) {
        vector(Vector.FLOATS_TO_BFLOATS, length, to, 0, from);
    }

    /** Sixteen unsigned 16-bit numbers, of a register's lower half, as ints. */
    void shortsToInts(int to, int from) {
        vector(Vector.UNSIGNED_SHORTS, length, to, 0, from);
    }

    /** One quarter as the first. */
    void quarter(int to, int from, int index) {
        vector(Vector.QUARTER, length, from, 0, to);
        code.write(index);
    }

    /** One int of the first quarter. */
    void storeInt(int from, int index, Memory to) {
        vector(Vector.STORE_INT, Length.BITS_128, from, 0, to, false);
        code.write(index);
    }

    void addInts(int to, int left, int right) {
        vector(Vector.ADD_INTS, length, to, left, right);
    }

    void addInts(int to, int left, Memory right) {
        vector(Vector.ADD_INTS, length, to, left, right, false);
    }

    /**
     * Each lane of {@code table}: of it and {@code upper} behind it, the one that an index names.
     */
    void pickInts(int table, int indices, int upper) {
        vector(Vector.PICK_INTS, length, table, indices, upper);
    }

    /**
     * Sixteen bytes of memory in each quarter of a vector, or in both halves of one of 256 bits.
     */
    void spreadQuarter(int to, Memory from) {
        vector(Vector.SPREAD_QUARTER, length, to, 0, from, false);
    }

    /** Shifts ints to the right, each by its own number of bits. */
    void shiftEachRight(int to, int from, int bits) {
        vector(Vector.SHIFT_EACH_RIGHT, length, to, from, bits);
    }

    void and(int to, int left, int right) {
        vector(Vector.AND, length, to, left, right);
    }

    void subtractBytes(int to, int left, int right) {
        vector(Vector.SUBTRACT_BYTES, length, to, left, right);
    }

    void intsToFloats(int to, int from) {
        vector(Vector.INTS_TO_FLOATS, length, to, 0, from);
    }

    /** Shifts ints to the left; the instruction names its target where others name a source. */
    void shiftLeft(int to, int from, int bits) {
        vector(Vector.SHIFT, length, 6, to, from);
        code.write(bits);
    }

    void shiftLeft(int to, Memory from, int bits) {
        vector(Vector.SHIFT, length, 6, to, from, false);
        code.write(bits);
    }

    /** With the sign coming in from the left. */
    void shiftRight(int to, int from, int bits) {
        vector(Vector.SHIFT, length, 4, to, from);
        code.write(bits);
    }

    private void vector(
            Vector of, Length length, int register, int second, Memory memory, boolean b) {
        prefix(of, length, register, second, memory.base.number >> 3, 0, b);
        code.write(of.opcode);
        operand(register & 7, memory);
    }

    private void vector(Vector of, Length length, int register, int second, int third) {
        prefix(of, length, register, second, third >> 3 & 1, third >> 4, false);
        code.write(of.opcode);
        code.write(0b11 << 6 | (register & 7) << 3 | (third & 7));
    }

    /**
     * EVEX. Register numbers have five bits, of which the upper ones stand here, inverted.
     *
     * @param b bit 3 of the third operand
     * @param x bit 4 of it, when it is a vector
     */
    private void prefix(
            Vector of, Length length, int register, int second, int b, int x, boolean spread) {
        int r = register >> 3 & 1;
        int upper = register >> 4;
        code.write(0x62);
        code.write((r ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (upper ^ 1) << 4 | of.map);
        code.write((~second & 0xF) << 3 | 1 << 2 | of.prefix);
        code.write(length.code << 5 | (spread ? 1 << 4 : 0) | (second >> 4 ^ 1) << 3);
    }

    /** The bytes after the opcode that name a register and an address. */
    private void operand(int register, Memory memory) {
        code.write(0b10 << 6 | register << 3 | (memory.base.number & 7));
        int32(memory.displacement);
    }

    void prefetch(Memory memory) {
        prefetch(1, memory);
    }

    /** To the second cache. */
    void prefetchFar(Memory memory) {
        prefetch(2, memory);
    }

    private void prefetch(int hint, Memory memory) {
        if (memory.base.number > 7) {
            code.write(0x41);
        }
        code.write(0x0F);
        code.write(0x18);
        operand(hint, memory);
    }

    /** Says how many rows of how many bytes each tile has, as 64 bytes of memory tell. */
    void configureTiles(Register at) {
        vex(0, at.number, 0, 0, 0);
        code.write(0x49);
        operand(0, new Memory(at, 0));
    }

    void releaseTiles() {
        vex(0, 0, 0, 0, 0);
        code.write(0x49);
        code.write(0b11 << 6);
    }

    void zeroTile(int tile) {
        vex(3, 0, 0, 0, 0);
        code.write(0x49);
        code.write(0b11 << 6 | tile << 3);
    }

    void loadTile(int to, Rows from) {
        tile(3, to, from);
    }

    void storeTile(int from, Rows to) {
        tile(2, from, to);
    }

    private void tile(int prefix, int tile, Rows rows) {
        vex(prefix, rows.base.number, rows.index.number, 0, 0);
        code.write(0x4B);
        code.write(0b10 << 6 | tile << 3 | 0b100);
        int power = Integer.numberOfTrailingZeros(rows.scale);
        code.write(power << 6 | (rows.index.number & 7) << 3 | (rows.base.number & 7));
        int32(rows.displacement);
    }

    /**
     * {@code sum[m][n] += left[m][k] * right[k / 4][4 * n + k % 4]}: signed bytes, exact ints. A
     * tile that is used again waits, as others do behind it, until it has been read.
     */
    void multiplyAddTile(int sum, int left, int right) {
        multiplyAddTile(3, 0x5E, sum, left, right);
    }

    /** The same with pairs of bfloat16: each pair's products, added up over all k, then added. */
    void multiplyAddFloatTile(int sum, int left, int right) {
        multiplyAddTile(2, 0x5C, sum, left, right);
    }

    private void multiplyAddTile(int prefix, int opcode, int sum, int left, int right) {
        vex(prefix, 0, 0, right, sum);
        code.write(opcode);
        code.write(0b11 << 6 | sum << 3 | left);
    }

    /** The three bytes of VEX with opcode map 2. */
    private void vex(int prefix, int base, int index, int second, int register) {
        code.write(0xC4);
        int r = register >> 3 ^ 1;
        code.write(r << 7 | (index >> 3 ^ 1) << 6 | (base >> 3 ^ 1) << 5 | 2);
        code.write((~second & 0xF) << 3 | prefix);
    }

    /** At {@code base + scale * index + displacement}; the index is one of the lower eight. */
    void prefetch(Register base, Register index, int scale, int displacement) {
        if (base.number > 7) {
            code.write(0x41);
        }
        code.write(0x0F);
        code.write(0x18);
        code.write(0b10 << 6 | 1 << 3 | 0b100);
        int power = Integer.numberOfTrailingZeros(scale);
        code.write(power << 6 | index.number << 3 | (base.number & 7));
        int32(displacement);
    }

    void move(Register to, Register from) {
        code.write(0x48 | from.number >> 3 << 2 | to.number >> 3);
        code.write(0x89);
        code.write(0b11 << 6 | (from.number & 7) << 3 | (to.number & 7));
    }

    void move(Register to, long value) {
        code.write(0x48 | to.number >> 3);
        code.write(0xB8 | (to.number & 7));
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            code.write((int) (value >> shift));
        }
    }

    /** A 16-bit number, unsigned. */
    void loadShort(Register to, Memory from) {
        code.write(0x40 | to.number >> 3 << 2 | from.base.number >> 3);
        code.write(0x0F);
        code.write(0xB7);
        operand(to.number & 7, from);
    }

    /** The lower 16 bits. */
    void storeShort(Register from, Memory to) {
        code.write(0x66);
        code.write(0x40 | from.number >> 3 << 2 | to.base.number >> 3);
        code.write(0x89);
        operand(from.number & 7, to);
    }

    void move(Register to, int value) {
        immediate(0xC7, 0, to, value);
    }

    void add(Register to, Register from) {
        code.write(0x48 | from.number >> 3 << 2 | to.number >> 3);
        code.write(0x01);
        code.write(0b11 << 6 | (from.number & 7) << 3 | (to.number & 7));
    }

    void add(Register to, Memory from) {
        memory(0x03, to, from);
    }

    void load(Register to, Memory from) {
        memory(0x8B, to, from);
    }

    void store(Register from, Memory to) {
        memory(0x89, from, to);
    }

    private void memory(int opcode, Register register, Memory memory) {
        code.write(0x48 | register.number >> 3 << 2 | memory.base.number >> 3);
        code.write(opcode);
        operand(register.number & 7, memory);
    }

    void add(Register to, int value) {
        immediate(0x81, 0, to, value);
    }

    void xor(Register to, int value) {
        immediate(0x81, 6, to, value);
    }

    private void immediate(int opcode, int extension, Register register, int value) {
        code.write(0x48 | register.number >> 3);
        code.write(opcode);
        code.write(0b11 << 6 | extension << 3 | (register.number & 7));
        int32(value);
    }

    void push(Register register) {
        stack(0x50, register);
    }

    void pop(Register register) {
        stack(0x58, register);
    }

    private void stack(int opcode, Register register) {
        if (register.number > 7) {
            code.write(0x41);
        }
        code.write(opcode | (register.number & 7));
    }

    /** Takes one off, and goes back unless none is left. */
    void repeat(Register count, Label from) {
        immediate(0x81, 5, count, 1);
        code.write(0x0F);
        code.write(0x85);
        int32(from.position - (code.size() + Integer.BYTES));
    }

    /** Takes one off, and goes to what {@link #here} will be if none is left. */
    Label leaveIfLast(Register count) {
        immediate(0x81, 5, count, 1);
        code.write(0x0F);
        code.write(0x84);
        int32(0);
        return label();
    }

    /** The target of a jump forward. */
    void here(Label of) {
        forward.put(of, code.size());
    }

    /** Ends the function; what is left in the vectors' upper parts would slow down others. */
    void leave() {
        code.write(0xC5);
        code.write(0xF8);
        code.write(0x77);
        code.write(0xC3);
    }

    private void int32(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            code.write(value >> shift);
        }
    }
}
