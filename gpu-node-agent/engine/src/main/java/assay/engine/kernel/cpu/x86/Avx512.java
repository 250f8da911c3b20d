package assay.engine.kernel.cpu.x86;

import assay.engine.kernel.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * The assembled kernels. Thread-safe. Nothing is checked: callers keep within their arrays and
 * tensors, as those of the Java kernels do. Records because the compiler takes a record's parts for
 * constants, and so calls them directly.
 *
 * @param one sixteen inputs with the rows of a panel
 * @param two thirty-two
 */
public record Avx512(
        MethodHandle one,
        MethodHandle two,
        OfType float32,
        OfType float16,
        OfType bfloat16,
        OfType q80) {
    /** Rows of a panel. */
    public static final int ROWS = PlaneCode.ROWS;

    /** Elements of a step; rows given to functions of a type have whole steps. */
    public static final int STEP = 32;

    private static final int FEW_ROWS = 3;
    private static final int FEW_MOST = 8;
    private static final int FEW_LEAST = 4;
    private static final int SUMS = 16;

    /** Inputs of {@link #one}. */
    private static final int ABREAST = 16;

    static final List<String> WANTED = List.of("avx512f", "avx512bw", "avx512vl", "f16c");

    private static final FunctionDescriptor PLANES =
            FunctionDescriptor.ofVoid(
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);

    /** The functions for one type of weights; those for a few inputs by rows and inputs. */
    public record OfType(
            MethodHandle column,
            MethodHandle expand,
            MethodHandle few38,
            MethodHandle few34,
            MethodHandle few18,
            MethodHandle few14) {
        private static final FunctionDescriptor COLUMN =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG);
        private static final FunctionDescriptor EXPAND =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG);

        private static final FunctionDescriptor FEW =
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG);

        private static OfType make(
                MachineCode memory, DType type, int chunk, int rowBytes, int fewRows) {
            WeightCode weights = WeightCode.of(type);
            return new OfType(
                    memory.function(ColumnCode.function(weights), COLUMN),
                    memory.function(ExpandCode.function(weights, chunk, rowBytes), EXPAND),
                    few(memory, weights, FEW_ROWS, FEW_MOST, rowBytes, fewRows),
                    few(memory, weights, FEW_ROWS, FEW_LEAST, rowBytes, fewRows),
                    few(memory, weights, 1, FEW_MOST, rowBytes, fewRows),
                    few(memory, weights, 1, FEW_LEAST, rowBytes, fewRows));
        }

        private static MethodHandle few(
                MachineCode memory,
                WeightCode weights,
                int rows,
                int inputs,
                int inputBytes,
                int sumRows) {
            int sumBytes = sumRows * SUMS * Float.BYTES;
            return memory.function(
                    FewCode.function(weights, rows, inputs, inputBytes, sumBytes), FEW);
        }

        /**
         * Rows of weights with a few inputs.
         *
         * @param weights address of the first one of the first row
         * @param rowBytes to the next row
         * @param inputs the first input, as far from the next as rows of a panel are
         * @param width elements of each, whole {@link #STEP}s
         * @param abreast inputs, 4 or 8
         * @param sums added to: sixteen of each row with the first input, then with the next
         */
        public void few(
                long weights,
                long rowBytes,
                MemorySegment inputs,
                int width,
                int abreast,
                MemorySegment sums,
                int rows) {
            long steps = width / STEP;
            long groups = rows / FEW_ROWS;
            long rest = rows % FEW_ROWS;
            long last = weights + groups * FEW_ROWS * rowBytes;
            MemorySegment lastSums = sums.asSlice(groups * FEW_ROWS * SUMS * Float.BYTES);
            try {
                if (abreast == FEW_MOST) {
                    if (groups > 0) {
                        few38.invokeExact(weights, rowBytes, inputs, steps, sums, groups);
                    }
                    if (rest > 0) {
                        few18.invokeExact(last, rowBytes, inputs, steps, lastSums, rest);
                    }
                } else {
                    if (groups > 0) {
                        few34.invokeExact(weights, rowBytes, inputs, steps, sums, groups);
                    }
                    if (rest > 0) {
                        few14.invokeExact(last, rowBytes, inputs, steps, lastSums, rest);
                    }
                }
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        /**
         * Pairs of rows of weights with one input.
         *
         * @param weights address of the first row
         * @param rowBytes to the next; 0 for one row, whose sums come twice
         * @param input address of the f32 input
         * @param width elements of a row, whole {@link #STEP}s
         * @param sums gets sixteen partial sums of each row, from the beginning
         */
        public void multiply(
                long weights, long rowBytes, long input, int width, MemorySegment sums, int pairs) {
            try {
                column.invokeExact(
                        weights, rowBytes, input, (long) (width / STEP), sums, (long) pairs);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        /**
         * Weights to floats.
         *
         * @param weights address of the first one of the first row
         * @param rowBytes to the next row
         * @param panel gets them, a row after the other
         * @param count of each row, whole {@link #STEP}s
         */
        public void expand(long weights, long rowBytes, MemorySegment panel, int count, int rows) {
            try {
                expand.invokeExact(weights, rowBytes, panel, (long) (count / STEP), (long) rows);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /**
     * Assembles them; empty where the processor lacks instructions or the system lets nobody make
     * code.
     *
     * @param chunk elements that a panel's row has room for
     * @param rowBytes from one row of a panel to the next
     * @param fewRows rows whose sums with an input stand together when there are a few inputs
     */
    public static Optional<Avx512> load(int chunk, int rowBytes, int fewRows) {
        if (!Processor.has(WANTED)) {
            return Optional.empty();
        }
        return MachineCode.map(memory -> make(memory, chunk, rowBytes, fewRows));
    }

    private static Avx512 make(MachineCode memory, int chunk, int rowBytes, int fewRows) {
        return new Avx512(
                memory.function(PlaneCode.one(rowBytes), PLANES),
                memory.function(PlaneCode.two(rowBytes), PLANES),
                OfType.make(memory, DType.F32, chunk, rowBytes, fewRows),
                OfType.make(memory, DType.F16, chunk, rowBytes, fewRows),
                OfType.make(memory, DType.BF16, chunk, rowBytes, fewRows),
                OfType.make(memory, DType.Q8_0, chunk, rowBytes, fewRows));
    }

    /**
     * All lanes of a panel's products with inputs that stand side by side.
     *
     * @param input index of the first lane's first element
     * @param steps of each lane; between the lanes of the inputs is one cache line
     * @param abreast inputs, 16 or 32
     * @param at index of the first sum
     */
    public void planes(
            MemorySegment panel,
            MemorySegment inputs,
            int input,
            int steps,
            int abreast,
            MemorySegment sums,
            int at) {
        long from = (long) input * Float.BYTES;
        long to = (long) at * Float.BYTES;
        try {
            if (abreast == ABREAST) {
                one.invokeExact(panel, inputs, sums, from, to, (long) steps);
            } else {
                two.invokeExact(panel, inputs, sums, from, to, (long) steps);
            }
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Whether there are functions for a type. */
    public static boolean knows(DType type) {
        return WeightCode.knows(type);
    }

    /** Those of a type that it knows. */
    public OfType of(DType type) {
        return switch (type) {
            case F32 -> float32;
            case F16 -> float16;
            case BF16 -> bfloat16;
            case Q8_0 -> q80;
            default -> throw new IllegalArgumentException(type + ": no code (see knows)");
        };
    }
}
