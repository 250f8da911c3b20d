package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * Products on the tiles of Intel's AMX. Thread-safe; nothing is checked, and records are used, for
 * the reasons that {@link Avx512} has. Two forms, by the type of the weights; a product has the
 * same bits beside any other inputs.
 *
 * <p><b>Ints</b> (Q8_0, Q4_0), in blocks of {@link #BLOCK} with a scale: inputs are rounded to ints
 * of 16 bits, in blocks of as many. A product is, over the blocks b of a row in turn, {@code sum =
 * fma(float(dot_b), row_b * input_b, sum)}: the exact product of a block's ints, and the scales of
 * the row's and the input's block.
 *
 * <p><b>Floats</b> (BF16): inputs are split in two numbers of bfloat16. A product is the sum of
 * those with the upper and with the lower parts; each of these is, block after block, that of the
 * even elements' chain of fused multiplications and additions and the odd ones', added to what
 * there is. Subnormal numbers count as zero (Intel Architecture Instruction Set Extensions,
 * TDPBF16PS).
 */
public record Amx(OfType q80, OfType q40, OfType bfloat16) {
    /** Rows of a group. */
    public static final int ROWS = TileCode.ROWS;

    /** Elements of a block. */
    public static final int BLOCK = TileCode.BLOCK;

    /**
     * Where the scratch memory says at which address the sums are: of each row, with each input.
     */
    public static final int SUMS = TileCode.SUMS;

    /** Where it says which address is wanted next: that of as much as a block of a group has. */
    public static final int NEXT = TileCode.NEXT;

    /** Where it says how far from there is what is wanted after that, block after block. */
    public static final int NEXT_STEP = TileCode.NEXT_STEP;

    /** Bytes of scratch memory that a thread needs. */
    public static final int SCRATCH_BYTES = TileCode.SCRATCH;

    /** What its address is a multiple of. */
    public static final int SCRATCH_ALIGNMENT = TileCode.ALIGNMENT;

    /**
     * What a block's largest magnitude is rounded to: the largest int of which the upper one of two
     * signed bytes is not over.
     */
    public static final int LARGEST = 127 << Byte.SIZE;

    /** Magnitudes of a block that are all smaller are scaled as if one were this. */
    public static final float SMALLEST = 1e-30f;

    /** Inputs of a call: one, or these. */
    public static final int FEW = 8;

    /** Or these. */
    public static final int MANY = 16;

    private static final List<String> WANTED =
            List.of("amx_tile", "amx_int8", "amx_bf16", "avx512_bf16");

    // From asm/prctl.h and asm/fpu/types.h, Linux 5.16 and later.
    private static final long ARCH_PRCTL = 158;
    private static final int ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final int XFEATURE_XTILEDATA = 18;

    /**
     * How inputs are laid out: in blocks, of which each row has {@link Integer#BYTES} of each
     * input's upper parts, then of each input's lower ones; if there are {@link #MANY}, all rows of
     * upper parts come first. Of ints, each row is of four elements, and the inputs' scales stand
     * behind them; of floats, it is of two.
     *
     * @param parts sums of a product: those with upper and lower parts apart, or together
     */
    public record Form(int parts, MethodHandle one, MethodHandle few, MethodHandle many) {
        private static final FunctionDescriptor ROUND =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

        private static Form ints(MachineCode memory) {
            long constants = memory.constants(RoundCode.constants());
            return new Form(
                    1,
                    memory.function(RoundCode.function(1, constants), ROUND),
                    memory.function(RoundCode.function(FEW, constants), ROUND),
                    memory.function(RoundCode.function(MANY, constants), ROUND));
        }

        private static Form floats(MachineCode memory) {
            return new Form(
                    2,
                    memory.function(SplitCode.function(1), ROUND),
                    memory.function(SplitCode.function(FEW), ROUND),
                    memory.function(SplitCode.function(MANY), ROUND));
        }

        /** Bytes of a block of so many inputs. */
        public int inputBytes(int abreast) {
            return parts == 1 ? TileCode.inputBytes(abreast) : FloatTileCode.inputBytes(abreast);
        }

        /**
         * Rounds some blocks of an input.
         *
         * @param from address of the first one's elements
         * @param to address of the first one's blocks
         * @param abreast inputs that the blocks have
         * @param input of these
         */
        public void round(long from, long to, int abreast, int input, long blocks) {
            long column = to + (long) input * Integer.BYTES;
            try {
                switch (abreast) {
                    case 1 -> one.invokeExact(from, column, blocks);
                    case FEW -> few.invokeExact(from, column, blocks);
                    default -> many.invokeExact(from, column, blocks);
                }
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The functions for one type of weights, by inputs. */
    public record OfType(
            DType type, Form form, MethodHandle one, MethodHandle few, MethodHandle many) {
        private static final FunctionDescriptor MULTIPLY =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG);

        private static OfType make(MachineCode memory, DType type, Form form) {
            return new OfType(
                    type,
                    form,
                    make(memory, type, 1),
                    make(memory, type, FEW),
                    make(memory, type, MANY));
        }

        private static MethodHandle make(MachineCode memory, DType type, int inputs) {
            byte[] code;
            if (type == DType.BF16) {
                long constants = memory.constants(FloatTileCode.constants(inputs));
                code = FloatTileCode.function(inputs, constants);
            } else {
                long constants = memory.constants(TileCode.constants(inputs));
                code = TileCode.function(type, inputs, constants);
            }
            return memory.function(code, MULTIPLY);
        }

        /** Bytes of a row's block of weights. */
        public int blockBytes() {
            return (int) type.bytes(BLOCK);
        }

        /**
         * Multiplies groups of rows, or as many blocks of each, with inputs.
         *
         * @param weights address of the first row
         * @param rowBytes to the next
         * @param inputs address of their blocks, on a cache line
         * @param abreast how many: 1, {@link #FEW} or {@link #MANY}
         * @param scratch address of {@link #SCRATCH_BYTES}, which say where the sums are
         * @param groups of {@link #ROWS} rows
         */
        public void multiply(
                long weights,
                long rowBytes,
                long inputs,
                int abreast,
                long blocks,
                long scratch,
                long groups) {
            try {
                switch (abreast) {
                    case 1 -> one.invokeExact(weights, rowBytes, inputs, blocks, scratch, groups);
                    case FEW -> few.invokeExact(weights, rowBytes, inputs, blocks, scratch, groups);
                    default -> many.invokeExact(weights, rowBytes, inputs, blocks, scratch, groups);
                }
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Empty where this machine lacks the tiles, or the system does not let them be used. */
    public static Optional<Amx> load() {
        if (!Processor.has(Avx512.WANTED) || !Processor.has(WANTED) || !permitted()) {
            return Optional.empty();
        }
        return MachineCode.map(Amx::make);
    }

    private static Amx make(MachineCode memory) {
        Form ints = Form.ints(memory);
        return new Amx(
                OfType.make(memory, DType.Q8_0, ints),
                OfType.make(memory, DType.Q4_0, ints),
                OfType.make(memory, DType.BF16, Form.floats(memory)));
    }

    /** Threads may use the tiles' eight kilobytes only once the process has asked for them. */
    private static boolean permitted() {
        MethodHandle syscall =
                MachineCode.system(
                        "syscall",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG),
                        Linker.Option.firstVariadicArg(1));
        try {
            return (long)
                            syscall.invokeExact(
                                    ARCH_PRCTL,
                                    (long) ARCH_REQ_XCOMP_PERM,
                                    (long) XFEATURE_XTILEDATA)
                    == 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The functions for a type, if there are some. */
    public Optional<OfType> of(DType type) {
        return switch (type) {
            case Q8_0 -> Optional.of(q80);
            case Q4_0 -> Optional.of(q40);
            case BF16 -> Optional.of(bfloat16);
            case F32, F16, F8_E4M3, Q4_K, Q5_K, Q6_K -> Optional.empty();
        };
    }
}
