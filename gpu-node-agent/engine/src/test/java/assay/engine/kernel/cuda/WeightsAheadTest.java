package assay.engine.kernel.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.kernel.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WeightsAheadTest {
    private static final DeviceMatrix SMALL = new DeviceMatrix(DType.Q4_0, 128, 256, 16, 32);
    private static final DeviceMatrix GATE = new DeviceMatrix(DType.Q8_0, 8_192, 1_024, 48, 64);
    private static final DeviceMatrix UP = new DeviceMatrix(DType.Q8_0, 8_192, 1_024, 80, 96);

    private final WeightsAhead ahead = new WeightsAhead();

    @Test
    void namesNothingBeforeASequenceHasBeenSeen() {
        assertThat(written(SMALL, null)).containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    }

    @Test
    void namesTheWeightsThatCameNextTheLastTime() {
        written(SMALL, null);
        written(GATE, UP);
        written(SMALL, null);
        assertThat(written(GATE, UP).subList(0, 4))
                .containsExactly(16L, 128L * 128, 32L, 128L * 16);
    }

    @Test
    void namesNoMoreThanFitsAndOfTwoMatricesTheSamePart() {
        written(SMALL, null);
        written(GATE, UP);
        List<Long> next = written(SMALL, null);
        assertThat(List.of(next.get(0), next.get(2), next.get(4), next.get(6)))
                .containsExactly(48L, 64L, 80L, 96L);
        assertThat(next.get(1)).isEqualTo(next.get(5)).isBetween(1L, 8_192L * 1_024 - 1);
        assertThat(next.get(1) + next.get(3) + next.get(5) + next.get(7)).isBetween(0L, 8L << 20);
    }

    /** Addresses and bytes of the four ranges. */
    private List<Long> written(DeviceMatrix weight, @Nullable DeviceMatrix up) {
        KernelArguments arguments = new KernelArguments();
        ahead.write(arguments, weight, up);
        MemorySegment packed = arguments.packed();
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < packed.byteSize() / Long.BYTES; i++) {
            values.add(packed.getAtIndex(ValueLayout.JAVA_LONG, i));
        }
        return values;
    }
}
