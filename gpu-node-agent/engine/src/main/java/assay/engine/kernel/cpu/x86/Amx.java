package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * Products on the tiles of Intel's AMX, of weights of small ints in blocks of {@link #BLOCK} with
 * inputs that are rounded to ints of 16 bits in blocks of as many. Thread-safe; nothing is checked,
 * and records are used, for the reasons that {@link Avx512} has.
 *
 * <p>A product is, over the blocks b of a row in turn, {@code sum = fma(float(dot_b), row_b *
 * input_b, sum)}: the exact product of a block's ints, and the scales of the row's and the input's
 * block. So it has the same bits beside any other inputs.
 *
 * @param q80 functions for weights of Q8_0
 * @param q40 for those of Q4_0
 * @param rounding of inputs
 */
public record Amx(OfType q80, OfType q40, Rounding rounding) {
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

    private static final List<String> WANTED = List.of("amx_tile", "amx_int8");

    // From asm/prctl.h and asm/fpu/types.h, Linux 5.16 and later.
    private static final long ARCH_PRCTL = 158;
    private static final int ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final int XFEATURE_XTILEDATA = 18;

    private static final FunctionDescriptor FUNCTION =
            FunctionDescriptor.ofVoid(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);

    /** The functions for one type of weights, by inputs. */
    public record OfType(MethodHandle one, MethodHandle few, MethodHandle many) {
        private static OfType make(MachineCode memory, DType type) {
            return new OfType(
                    make(memory, type, 1), make(memory, type, FEW), make(memory, type, MANY));
        }

        private static MethodHandle make(MachineCode memory, DType type, int inputs) {
            long constants = memory.constants(TileCode.constants(inputs));
            return memory.function(TileCode.function(type, inputs, constants), FUNCTION);
        }

        /**
         * Multiplies groups of rows, or as many blocks of each, with inputs.
         *
         * @param weights address of the first row
         * @param rowBytes to the next
         * @param inputs address of their blocks, {@link #inputBytes} each, on a cache line
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

    /** The functions that round inputs, by how many stand side by side. */
    public record Rounding(MethodHandle one, MethodHandle few, MethodHandle many) {
        private static final FunctionDescriptor ROUND =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

        private static Rounding make(MachineCode memory) {
            long constants = memory.constants(RoundCode.constants());
            return new Rounding(
                    memory.function(RoundCode.function(1, constants), ROUND),
                    memory.function(RoundCode.function(FEW, constants), ROUND),
                    memory.function(RoundCode.function(MANY, constants), ROUND));
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

    /** Empty where this machine lacks the tiles, or the system does not let them be used. */
    public static Optional<Amx> load() {
        if (!Processor.has(Avx512.WANTED) || !Processor.has(WANTED) || !permitted()) {
            return Optional.empty();
        }
        return MachineCode.map(memory ->
                new Amx(
                        OfType.make(memory, DType.Q8_0),
                        OfType.make(memory, DType.Q4_0),
                        Rounding.make(memory)));
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

    /** Whether there are functions for a type. */
    public static boolean knows(DType type) {
        return type == DType.Q8_0 || type == DType.Q4_0;
    }

    /** Those of a type that it knows. */
    public OfType of(DType type) {
        return type == DType.Q8_0 ? q80 : q40;
    }

    /**
     * Bytes of a block of so many inputs. Each quarter of four elements is a row of them: of each
     * input the upper bytes of its ints, then of each the lower ones, as ints are split in {@code
     * 256 * upper + lower}, both signed; if there are {@link #MANY}, all upper bytes come first.
     * Behind them the inputs' scales.
     */
    public static int inputBytes(int abreast) {
        return TileCode.inputBytes(abreast);
    }

    /** Bytes of scratch memory that a thread needs. */
    public static final int SCRATCH_BYTES = TileCode.SCRATCH;

    /** What its address is a multiple of. */
    public static final int SCRATCH_ALIGNMENT = TileCode.ALIGNMENT;
}
