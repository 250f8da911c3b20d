package assay.engine.kernel.cpu.x86;

import java.io.ByteArrayOutputStream;

/**
 * Writes the machine code of a function: the few instructions that the kernels need, in the
 * encodings of the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2 (EVEX:
 * section 2.7). Vectors have 512 bits unless said; a memory operand is a base register and a
 * displacement of 32 bits, which EVEX does not scale.
 */
final class Assembler {
    /** General registers, by their numbers; those that a function need not restore. */
    enum Register {
        RAX(0),
        RCX(1),
        RDX(2),
        RSI(6),
        RDI(7),
        R8(8),
        R9(9),
        R10(10),
        R11(11);

        private final int number;

        Register(int number) {
            this.number = number;
        }
    }

    /** An address. */
    record Memory(Register base, int displacement) {}

    /** Where a jump goes back to. */
    record Label(int position) {}

    /** What tells vector instructions apart: opcode map, implied prefix, opcode. */
    private enum Vector {
        LOAD(1, 0, 0x10),
        STORE(1, 0, 0x11),
        MULTIPLY(1, 0, 0x59),
        INTS_TO_FLOATS(1, 0, 0x5B),
        SHIFT(1, 1, 0x72),
        XOR(1, 1, 0xEF),
        HALVES_TO_FLOATS(2, 1, 0x13),
        SPREAD_FLOAT(2, 1, 0x18),
        SIGNED_BYTES(2, 1, 0x21),
        UNSIGNED_SHORTS(2, 1, 0x33),
        SPREAD_SHORT(2, 1, 0x79),
        MULTIPLY_ADD(2, 1, 0xB8);

        private final int map;
        private final int prefix;
        private final int opcode;

        Vector(int map, int prefix, int opcode) {
            this.map = map;
            this.prefix = prefix;
            this.opcode = opcode;
        }
    }

    private static final int BITS_256 = 1;
    private static final int BITS_512 = 2;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    byte[] code() {
        return code.toByteArray();
    }

    Label label() {
        return new Label(code.size());
    }

    void load(int to, Memory from) {
        vector(Vector.LOAD, BITS_512, to, 0, from, false);
    }

    void store(int from, Memory to) {
        vector(Vector.STORE, BITS_512, from, 0, to, false);
    }

    void zero(int register) {
        vector(Vector.XOR, BITS_512, register, register, register);
    }

    void multiply(int to, int left, int right) {
        vector(Vector.MULTIPLY, BITS_512, to, left, right);
    }

    /** {@code sum += left * right}, rounded once. */
    void multiplyAdd(int sum, int left, int right) {
        vector(Vector.MULTIPLY_ADD, BITS_512, sum, left, right);
    }

    void multiplyAdd(int sum, int left, Memory right) {
        vector(Vector.MULTIPLY_ADD, BITS_512, sum, left, right, false);
    }

    /** With one float of memory in each lane of the right factor. */
    void multiplyAddSpread(int sum, int left, Memory right) {
        vector(Vector.MULTIPLY_ADD, BITS_512, sum, left, right, true);
    }

    /** One float in each lane. */
    void spread(int to, Memory from) {
        vector(Vector.SPREAD_FLOAT, BITS_512, to, 0, from, false);
    }

    /** One 16-bit number in each of the lower half's lanes. */
    void spreadShort(int to, Memory from) {
        vector(Vector.SPREAD_SHORT, BITS_256, to, 0, from, false);
    }

    /** Sixteen half-precision numbers, of a register's lower half, as floats. */
    void halvesToFloats(int to, int from) {
        vector(Vector.HALVES_TO_FLOATS, BITS_512, to, 0, from);
    }

    void halvesToFloats(int to, Memory from) {
        vector(Vector.HALVES_TO_FLOATS, BITS_512, to, 0, from, false);
    }

    /** Sixteen signed bytes as ints. */
    void bytesToInts(int to, Memory from) {
        vector(Vector.SIGNED_BYTES, BITS_512, to, 0, from, false);
    }

    /** Sixteen unsigned 16-bit numbers as ints. */
    void shortsToInts(int to, Memory from) {
        vector(Vector.UNSIGNED_SHORTS, BITS_512, to, 0, from, false);
    }

    void intsToFloats(int to, int from) {
        vector(Vector.INTS_TO_FLOATS, BITS_512, to, 0, from);
    }

    /** Shifts ints to the left; the instruction names its target where others name a source. */
    void shiftLeft(int to, int from, int bits) {
        vector(Vector.SHIFT, BITS_512, 6, to, from);
        code.write(bits);
    }

    private void vector(Vector of, int length, int register, int second, Memory memory, boolean b) {
        prefix(of, length, register, second, memory.base.number >> 3, 0, b);
        code.write(of.opcode);
        operand(register & 7, memory);
    }

    private void vector(Vector of, int length, int register, int second, int third) {
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
            Vector of, int length, int register, int second, int b, int x, boolean spread) {
        int r = register >> 3 & 1;
        int upper = register >> 4;
        code.write(0x62);
        code.write((r ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (upper ^ 1) << 4 | of.map);
        code.write((~second & 0xF) << 3 | 1 << 2 | of.prefix);
        code.write(length << 5 | (spread ? 1 << 4 : 0) | (second >> 4 ^ 1) << 3);
    }

    /** The bytes after the opcode that name a register and an address. */
    private void operand(int register, Memory memory) {
        code.write(0b10 << 6 | register << 3 | (memory.base.number & 7));
        int32(memory.displacement);
    }

    void prefetch(Memory memory) {
        if (memory.base.number > 7) {
            code.write(0x41);
        }
        code.write(0x0F);
        code.write(0x18);
        operand(1, memory);
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

    void move(Register to, int value) {
        immediate(0xC7, 0, to, value);
    }

    void add(Register to, Register from) {
        code.write(0x48 | from.number >> 3 << 2 | to.number >> 3);
        code.write(0x01);
        code.write(0b11 << 6 | (from.number & 7) << 3 | (to.number & 7));
    }

    void add(Register to, int value) {
        immediate(0x81, 0, to, value);
    }

    private void immediate(int opcode, int extension, Register register, int value) {
        code.write(0x48 | register.number >> 3);
        code.write(opcode);
        code.write(0b11 << 6 | extension << 3 | (register.number & 7));
        int32(value);
    }

    /** Saves one of the lower eight registers. */
    void push(Register register) {
        code.write(0x50 | register.number);
    }

    void pop(Register register) {
        code.write(0x58 | register.number);
    }

    /** Takes one off, and goes back unless none is left. */
    void repeat(Register count, Label from) {
        immediate(0x81, 5, count, 1);
        code.write(0x0F);
        code.write(0x85);
        int32(from.position - (code.size() + Integer.BYTES));
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
