package assay.agent.devices;

import static assay.agent.devices.DeviceCode.DEVICE_LOST;
import static assay.agent.devices.DeviceCode.DEVICE_MEMORY_HIGH;
import static assay.agent.devices.DeviceCode.DEVICE_MEMORY_NORMAL;
import static assay.agent.devices.DeviceCode.DEVICE_MEMORY_UNCORRECTED;
import static assay.agent.devices.DeviceCode.DEVICE_OUT_OF_MEMORY;
import static assay.agent.devices.DeviceCode.DEVICE_SILENT;
import static assay.agent.devices.DeviceCode.DEVICE_XID;
import static assay.agent.devices.DeviceCode.DEVICE_XID_OF_PROGRAM;
import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.devices.nvml.Nvml.Fault;
import assay.agent.devices.nvml.Nvml.Sample;
import assay.agent.devices.nvml.RecordedNvml;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GpuWatchTest {
    private static final String FIRST = "GPU-e7ce2e80-4cc4-1eff-413a-19797002972d";
    private static final String SECOND = "GPU-65381c82-4dc2-fbef-6e8a-5fbe01f06c8b";
    private static final int GPU_IS_LOST = 15;
    private static final int UNKNOWN = 999;

    private final RecordedNvml nvml = new RecordedNvml(RecordedNvml.TWO_CARDS);
    private final BlockingQueue<DeviceEvent> events = new LinkedBlockingQueue<>();
    private volatile Instant now = Instant.EPOCH;
    private final GpuFinder gpus = RecordedGpus.of(nvml, Map.of(), () -> now);
    private final GpuWatch watch = gpus.watch().orElseThrow();

    @BeforeEach
    void start() {
        gpus.start(
                events::add,
                thrown -> {
                    throw new AssertionError(thrown);
                });
    }

    @AfterEach
    void close() {
        gpus.close();
        assertThat(nvml.isClosed()).isTrue();
    }

    @Test
    void anIdleCardIsHealthyAndFree() {
        ComputeDevice.Reading idle = first().read(0);
        assertThat(idle.memoryUsedBytes()).isZero();
        assertThat(idle.memoryFreeBytes()).isEqualTo(first().description().memoryTotalBytes());
        assertThat(idle.utilizationRatio()).isZero();
        assertThat(idle.health()).isEqualTo(DeviceHealth.GOOD);
        assertThat(events).isEmpty();
    }

    @Test
    void aBusyCardTellsWhatTheRecordingHolds() {
        nvml.become("busy");
        watch.sampleAll();
        ComputeDevice.Reading busy = first().read(0);
        assertThat(busy.memoryUsedBytes()).isEqualTo(138_102_505_472L);
        assertThat(busy.utilizationRatio()).isEqualTo(1.0);
        ComputeDevice.GpuFigures figures = busy.gpu().orElseThrow();
        assertThat(figures.memoryBandwidthRatio().orElseThrow()).isBetween(0.88, 0.89);
        assertThat(figures.temperatureCelsius()).hasValue(46);
        assertThat(figures.powerWatts()).hasValue(408.954);
    }

    @Test
    void whatOurStagesHoldCountsAsFreeForThem() {
        nvml.become("busy");
        watch.sampleAll();
        long total = first().description().memoryTotalBytes();
        assertThat(first().read(38_000_000_000L).memoryFreeBytes())
                .isEqualTo(total - 138_102_505_472L + 38_000_000_000L);
    }

    @Test
    void theAlertOfFullMemoryIsRaisedOnceAndEndsBelowItsGap() {
        nvml.become("busy"); // 92.0 % in use
        watch.sampleAll();
        watch.sampleAll();
        DeviceEvent raised = next(DEVICE_MEMORY_HIGH);
        assertThat(raised.deviceId()).isEqualTo(FIRST);
        assertThat(raised.fields()).containsEntry("used_ratio", "0.920");
        assertThat(watch.health(FIRST).memoryHigh()).isTrue();
        assertThat(watch.health(FIRST).fault()).as("full is not broken").isEmpty();

        use(0.87);
        watch.sampleAll();
        assertThat(watch.health(FIRST).memoryHigh()).isTrue();
        use(0.84);
        watch.sampleAll();
        assertThat(next(DEVICE_MEMORY_NORMAL).deviceId()).isEqualTo(FIRST);
        assertThat(watch.health(FIRST)).isEqualTo(DeviceHealth.GOOD);
        assertThat(events).isEmpty();
    }

    @Test
    void nineTenthsAreNotYetAboveNineTenths() {
        use(0.90);
        watch.sampleAll();
        assertThat(watch.health(FIRST).memoryHigh()).isFalse();
    }

    @Test
    void anUncorrectedErrorOfMemoryBreaksTheCardForGood() {
        nvml.reading(FIRST, reading(0.1, 2));
        watch.sampleAll();
        watch.sampleAll();
        assertThat(next(DEVICE_MEMORY_UNCORRECTED).detail()).startsWith("2 uncorrected errors");
        nvml.become("idle");
        watch.sampleAll();
        assertThat(watch.health(FIRST).fault()).contains(DEVICE_MEMORY_UNCORRECTED);
        assertThat(watch.health(SECOND).fault()).isEmpty();
        assertThat(events).as("told once").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {48, 74, 79, 94, 95, 119})
    void anErrorOfTheCardThatTheDriverTellsBreaksIt(long xid) {
        nvml.fault(SECOND, xid);
        DeviceEvent told = next(DEVICE_XID);
        assertThat(told.deviceId()).isEqualTo(SECOND);
        assertThat(told.fields()).containsEntry("xid", Long.toString(xid));
        assertThat(watch.health(SECOND).fault()).contains(DEVICE_XID);
        assertThat(watch.health(FIRST)).isEqualTo(DeviceHealth.GOOD);
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 31, 43, 45, 68, 109})
    void anErrorOfAProgramIsToldAndBreaksNothing(long xid) {
        nvml.fault(SECOND, xid);
        assertThat(next(DEVICE_XID_OF_PROGRAM).fields()).containsEntry("xid", Long.toString(xid));
        assertThat(watch.health(SECOND)).isEqualTo(DeviceHealth.GOOD);
    }

    @Test
    void theDriversWordOnMemoryErrorsBreaksTheCardToo() {
        watch.take(new Fault(FIRST, 0));
        assertThat(watch.health(FIRST).fault()).contains(DEVICE_MEMORY_UNCORRECTED);
    }

    @Test
    void aCardThatIsGoneFromTheBusIsLostAndHasNoReadings() {
        nvml.fail(FIRST, GPU_IS_LOST);
        watch.sampleAll();
        assertThat(next(DEVICE_LOST).detail()).contains("NVML_ERROR_GPU_IS_LOST");
        assertThat(watch.latest(FIRST)).isEmpty();
        assertThat(first().read(0).health().fault()).contains(DEVICE_LOST);
        assertThat(watch.latest(SECOND)).as("the other card is read all the same").isPresent();
    }

    @Test
    void aCardWithoutReadingsForTooLongIsTakenForBroken() {
        nvml.fail(FIRST, UNKNOWN);
        now = now.plus(Duration.ofSeconds(15));
        assertThat(first().read(0).health()).isEqualTo(DeviceHealth.GOOD);
        now = now.plusSeconds(1);
        assertThat(first().read(0).health().fault()).contains(DEVICE_SILENT);
        assertThat(next(DEVICE_SILENT).deviceId()).isEqualTo(FIRST);
    }

    @Test
    void timeBeforeTheWatchBeganIsNoSilence() {
        try (GpuFinder late = RecordedGpus.of(nvml, Map.of(), () -> now)) {
            now = now.plus(Duration.ofMinutes(5)); // enrollment may take its time
            assertThat(late.find().getFirst().read(0).health()).isEqualTo(DeviceHealth.GOOD);
            nvml.fail(FIRST, UNKNOWN);
            late.start(events::add, thrown -> {});
            assertThat(late.find().getFirst().read(0).health()).isEqualTo(DeviceHealth.GOOD);
        }
    }

    @Test
    void anAllocationThatFailedLeavesAnEventWithTheDriversName() {
        gpus.outOfMemory("cpu", "another device's");
        gpus.outOfMemory(SECOND, "KV: 8589934592 bytes (free: 1)");
        DeviceEvent told = next(DEVICE_OUT_OF_MEMORY);
        assertThat(told.deviceId()).isEqualTo(SECOND);
        assertThat(told.detail()).contains("8589934592");
        assertThat(told.fields()).containsOnly(Map.entry("error", "CUDA_ERROR_OUT_OF_MEMORY"));
        assertThat(watch.health(SECOND)).isEqualTo(DeviceHealth.GOOD);
    }

    private ComputeDevice first() {
        return gpus.find().getFirst();
    }

    private void use(double ratio) {
        nvml.reading(FIRST, reading(ratio, 0));
    }

    private Sample reading(double usedRatio, long errors) {
        long total = first().description().memoryTotalBytes();
        return new Sample(
                (long) (usedRatio * total),
                total,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalLong.of(errors));
    }

    private DeviceEvent next(DeviceCode code) {
        try {
            DeviceEvent event = events.poll(10, TimeUnit.SECONDS);
            assertThat(event).isNotNull();
            assertThat(event.code()).isEqualTo(code);
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
