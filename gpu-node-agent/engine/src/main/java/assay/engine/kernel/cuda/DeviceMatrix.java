package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;

/**
 * A weight, (rows, width), in device memory: a plane of elements and, for most types, a plane of
 * scales. A view; whoever allocated the memory owns it. Immutable.
 *
 * <p>F32, BF16 and F16 lie row after row, and have no second plane. The others are put in order
 * once, by {@link WeightKernels#pack}, so that a thread gets what it multiplies by loads of 16
 * bytes: their width is rounded up to a multiple of 128 with elements whose scale is 0, and each
 * run of 128 elements of a row is cut into four groups of 32. Of each group, lane t of four has the
 * elements 8t to 8t + 7 (of Q6_K, whose scales are for 16: 4t to 4t + 3, and the same of the second
 * 16).
 *
 * <ul>
 *   <li>F8_E4M3, Q8_0: a byte an element. A run is two halves of 64 bytes; a half is 16 bytes for
 *       each lane: 8 elements of one group, then 8 of the next. Of each four bytes, the middle two
 *       change places, so that two elements side by side are 16 bits apart.
 *   <li>Q4_0, Q4_K: half a byte an element. A run is 16 bytes for each lane: a word for each group,
 *       whose nibble i holds element 2i, nibble 4 + i element 2i + 1.
 *   <li>Q5_K: as Q4_K, then in the same row 16 bytes a run: a byte for each lane and group, lane
 *       major, whose bit i is the fifth bit of nibble i.
 *   <li>Q6_K: as Q4_K, then in the same row 32 bytes a run: two bytes for each lane and group, lane
 *       major, whose bit pair i is the upper two bits of nibble i.
 * </ul>
 *
 * <p>Scales: F8_E4M3 f32, (rows / 128, width / 128), both rounded up, as stored. Q8_0 and Q4_0 f16,
 * (rows, width / 32). Q4_K and Q5_K pairs of f16, (rows, width / 32, 2): factor, and what is taken
 * off. Q6_K f16, (rows, width / 16). Factors are products that ggml keeps in two parts, rounded to
 * f16 once. In a stack of matrices the scales of each F8_E4M3 matrix begin with a row of their own.
 *
 * @param data address, a multiple of 16
 * @param scales address, a multiple of 16; 0 where there are none
 */
public record DeviceMatrix(DType type, int rows, int width, long data, long scales) {
    /** Elements of a run: packed rows are this many wide, or a multiple. */
    static final int RUN = 128;

    static final int GROUP = 32;

    public DeviceMatrix {
        if (rows < 1 || width < 1 || data == 0 || (scales == 0) != (scaleRowBytes(type, 1) == 0)) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "matrix: %d x %d %s (expected: at least 1 x 1, with what its type needs)"
                            .formatted(rows, width, type));
        }
    }

    /** Whether the type is used as it is stored. */
    public static boolean plain(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> true;
            case F8_E4M3, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K -> false;
        };
    }

    /** Elements of a row with what it is padded by. */
    public static int paddedWidth(DType type, int width) {
        return plain(type) ? width : Math.ceilDiv(width, RUN) * RUN;
    }

    /** Bytes of the first plane of one row. */
    public static long rowBytes(DType type, int width) {
        long padded = paddedWidth(type, width);
        return switch (type) {
            case F32 -> padded * Float.BYTES;
            case F16, BF16 -> padded * Short.BYTES;
            case F8_E4M3, Q8_0 -> padded;
            case Q4_0, Q4_K -> padded / 2;
            case Q5_K -> padded / 8 * 5;
            case Q6_K -> padded / 4 * 3;
        };
    }

    /** Bytes of the scales of one row; of 128 rows for F8_E4M3; 0 for plain types. */
    public static long scaleRowBytes(DType type, int width) {
        long runs = Math.ceilDiv(width, RUN);
        return switch (type) {
            case F32, F16, BF16 -> 0;
            case F8_E4M3 -> runs * Float.BYTES;
            case Q8_0, Q4_0 -> runs * 8;
            case Q4_K, Q5_K, Q6_K -> runs * 16;
        };
    }

    /** Bytes of the first plane. */
    public static long dataBytes(DType type, int rows, int width) {
        return rows * rowBytes(type, width);
    }

    /** Bytes of the second plane. */
    public static long scaleBytes(DType type, int rows, int width) {
        return scaleRows(type, rows) * scaleRowBytes(type, width);
    }

    private static long scaleRows(DType type, int rows) {
        return type == DType.F8_E4M3 ? Math.ceilDiv(rows, RUN) : rows;
    }

    /**
     * Some of the rows, as a matrix of their own.
     *
     * @param first a multiple of 128 for F8_E4M3
     */
    public DeviceMatrix slice(int first, int count) {
        if (first < 0 || count > rows - first || (type == DType.F8_E4M3 && first % RUN != 0)) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "rows: %d from %d (expected: within %d, F8_E4M3 in runs of %d)"
                            .formatted(count, first, rows, RUN));
        }
        long skippedScales = scaleRows(type, first) * scaleRowBytes(type, width);
        return new DeviceMatrix(
                type, count, width, data + dataBytes(type, first, width), scales + skippedScales);
    }
}
