package assay.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Tensors of every type with values between about -1 and 1. */
public final class RandomTensors {
    private static final int F8_NAN = 0x7F;

    private final Arena arena;
    private final Random random;

    public RandomTensors(Arena arena, Random random) {
        this.arena = arena;
        this.random = random;
    }

    /** Widths that a type can have: the given one, rounded up to whole blocks. */
    public static int width(DType type, int wanted) {
        return Math.ceilDiv(wanted, type.blockElements()) * type.blockElements();
    }

    public Tensor next(DType type, int rows, int width) {
        MemorySegment data = arena.allocate(rows * type.bytes(width), 1);
        Tensor scales = null;
        switch (type) {
            case F32, F16, BF16 -> plain(type, data, (long) rows * width);
            case F8_E4M3 -> {
                bytes(data);
                for (long i = 0; i < data.byteSize(); i++) {
                    if ((data.get(ValueLayout.JAVA_BYTE, i) & F8_NAN) == F8_NAN) {
                        data.set(ValueLayout.JAVA_BYTE, i, (byte) 0);
                    }
                }
                scales = scales(rows, width);
            }
            case Q8_0 -> quantised(type, data, -8, 0);
            case Q4_0 -> quantised(type, data, -4, 0);
            case Q4_K -> quantised(type, data, -10, 0, 2);
            case Q5_K -> quantised(type, data, -11, 0, 2);
            case Q6_K -> quantised(type, data, -12, 208);
        }
        return new Tensor(type, rows, width, data, scales);
    }

    private Tensor scales(int rows, int width) {
        Tensor scales =
                next(
                        DType.F32,
                        Math.ceilDiv(rows, Dequantizer.SCALE_BLOCK),
                        Math.ceilDiv(width, Dequantizer.SCALE_BLOCK));
        for (int row = 0; row < scales.rows(); row++) {
            for (int i = 0; i < scales.width(); i++) {
                scales.set(row, i, (float) Math.scalb(1 + random.nextDouble(), -9));
            }
        }
        return scales;
    }

    private void plain(DType type, MemorySegment data, long count) {
        for (long i = 0; i < count; i++) {
            float value = random.nextFloat() * 2 - 1;
            if (type == DType.F32) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value);
            } else {
                int bits =
                        type == DType.F16
                                ? Float.floatToFloat16(value)
                                : Float.floatToRawIntBits(value) >>> 16;
                data.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, (short) bits);
            }
        }
    }

    private void bytes(MemorySegment data) {
        byte[] bytes = new byte[Math.toIntExact(data.byteSize())];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    /** Random bits, but for the f16 factors of each block, which are about two to that power. */
    private void quantised(DType type, MemorySegment data, int power, int... factors) {
        bytes(data);
        for (long block = 0; block < data.byteSize(); block += type.blockBytes()) {
            for (int at : factors) {
                float factor = (float) Math.scalb(1 + random.nextDouble(), power);
                short bits = Float.floatToFloat16(random.nextBoolean() ? factor : -factor);
                data.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + at, bits);
            }
        }
    }
}
