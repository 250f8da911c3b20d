package assay.agent.devices;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.devices.ComputeDevice.Description;
import assay.agent.devices.nvml.CudaLibrary;
import assay.agent.devices.nvml.Nvml.Card;
import assay.agent.devices.nvml.Nvml.Link;
import assay.agent.devices.nvml.Nvml.Part;
import assay.agent.devices.nvml.Nvml.Path;
import assay.agent.devices.nvml.RecordedNvml;
import assay.agent.v1.DeviceKind;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GpuFinderTest {
    /** Of an H100: 5,120 bits, two transfers at each of 2,619 MHz. */
    private static final long SPEED = 3_352_320_000_000L;

    private static final String FIRST = "GPU-e7ce2e80-4cc4-1eff-413a-19797002972d";
    private static final String SECOND = "GPU-65381c82-4dc2-fbef-6e8a-5fbe01f06c8b";

    private final RecordedNvml nvml = new RecordedNvml(RecordedNvml.TWO_CARDS);

    @Test
    void twoRealCardsAreTwoDevicesThatReachEachOtherByNvLink() {
        List<ComputeDevice> found = RecordedGpus.of(nvml).find();
        assertThat(found).hasSize(2);
        Description first = found.getFirst().description();
        assertThat(first.id()).isEqualTo(FIRST);
        assertThat(first.kind()).isEqualTo(DeviceKind.DEVICE_KIND_CUDA);
        assertThat(first.name()).isEqualTo("NVIDIA H200");
        assertThat(first.computeUnits()).isEqualTo(132);
        assertThat(first.memoryTotalBytes()).isEqualTo(150_109_880_320L);
        ComputeDevice.Gpu gpu = first.gpu().orElseThrow();
        assertThat(gpu.driverVersion()).isEqualTo("580.159.04");
        assertThat(gpu.computeCapability()).isEqualTo("9.0");
        assertThat(gpu.pciBusId()).isEqualTo("00000000:00:06.0");
        assertThat(gpu.links()).containsExactly(new Link(SECOND, Path.NVLINK, 18));
    }

    @Test
    void aMachineWithoutTheLibraryHasNoGpuAndSaysWhatToInstall() {
        GpuFinder found =
                GpuFinder.of(
                        new GpuFinder.Machine(
                                () -> {
                                    nvml.fail(FIRST, 12);
                                    nvml.sample(FIRST);
                                    return nvml;
                                },
                                CudaLibrary::find,
                                Map.of(),
                                InstantSource.system()));
        assertThat(found.find()).isEmpty();
        assertThat(found.absence())
                .contains("NVML_ERROR_LIBRARY_NOT_FOUND", "install NVIDIA's driver");
    }

    @Test
    void lookingAtThisVeryMachineNeverFails() {
        try (GpuFinder found = GpuFinder.ofMachine(InstantSource.system())) {
            assertThat(found.find().isEmpty()).isEqualTo(!found.absence().isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({"525.85.11, false", "470.256.02, false", "525.85.12, true", "580.9, true"})
    void aDriverThatIsTooOldIsNotUsed(String version, boolean used) {
        nvml.driver(version);
        GpuFinder found = RecordedGpus.of(nvml);
        assertThat(found.find()).hasSize(used ? 2 : 0);
        assertThat(nvml.isClosed()).isEqualTo(!used);
        if (!used) {
            assertThat(found.absence())
                    .isEqualTo("driver: " + version + " (expected: 525.85.12 or newer)");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DRIVER", "NVRTC"})
    void aMissingLibraryIsNamedWithWhatItIsFor(CudaLibrary missing) {
        GpuFinder found = without(missing);
        assertThat(found.find()).isEmpty();
        assertThat(found.absence()).contains(missing.title(), "not found", "ASSAY_CUDA_LIBRARIES");
    }

    @Test
    void stagesRunWithoutTheLibraryThatOnlyMakesPromptsFaster() {
        assertThat(without(CudaLibrary.CUBLAS_LT).find()).hasSize(2);
    }

    private GpuFinder without(CudaLibrary missing) {
        return GpuFinder.of(
                new GpuFinder.Machine(
                        () -> nvml,
                        it -> it == missing ? Optional.empty() : Optional.of("there"),
                        Map.of(),
                        InstantSource.system()));
    }

    @Test
    void aCardTellsItsMemorysSpeed() {
        nvml.replace(0, card(nvml.cards().getFirst(), "9.0", false, List.of()));
        assertThat(RecordedGpus.of(nvml).find().getFirst().description().memoryBytesPerSecond())
                .isEqualTo(SPEED);
    }

    @Test
    void cardsThatAreTooOldAreLeftOut() {
        Card old = nvml.cards().getFirst();
        nvml.replace(0, card(old, "7.5", false, List.of()));
        assertThat(RecordedGpus.of(nvml).find())
                .extracting(it -> it.description().id())
                .containsExactly(SECOND);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0",
                "1,0 | 1 0",
                "GPU-65 | 1",
                "1,7,0 | 1",
                "-1 | ''",
                "'' | ''",
                "GPU- | ''"
            })
    void onlyWhatCudaMayUseIsOffered(String visible, String indexes) {
        List<String> expected =
                indexes.isEmpty()
                        ? List.of()
                        : List.of(indexes.split(" ", -1)).stream()
                                .map(i -> i.equals("0") ? FIRST : SECOND)
                                .toList();
        assertThat(found(visible)).isEqualTo(expected);
    }

    @Test
    void aSplitCardIsOfferedByTheInstanceThatIsNamed() {
        Card whole = nvml.cards().getFirst();
        var part = new Part("MIG-11", "NVIDIA H200 MIG 1g.18gb", 16, 17L << 30);
        nvml.replace(0, card(whole, "9.0", true, List.of(part)));
        assertThat(RecordedGpus.of(nvml).find())
                .extracting(it -> it.description().id())
                .as("a process gets one instance, and it was not said which")
                .containsExactly(SECOND);
        ComputeDevice instance = finder("MIG-11").find().getFirst();
        assertThat(instance.description().name()).isEqualTo("NVIDIA H200 MIG 1g.18gb");
        assertThat(instance.description().memoryTotalBytes()).isEqualTo(17L << 30);
        assertThat(instance.description().computeUnits()).isEqualTo(16);
        assertThat(instance.description().memoryBytesPerSecond())
                .as("of the card's channels it has some, nobody tells how many")
                .isZero();
        assertThat(instance.description().gpu().orElseThrow().cardId()).contains(FIRST);
    }

    private List<String> found(String visible) {
        return finder(visible).find().stream().map(it -> it.description().id()).toList();
    }

    private GpuFinder finder(String visible) {
        return RecordedGpus.of(
                nvml, Map.of("CUDA_VISIBLE_DEVICES", visible), InstantSource.system());
    }

    private static Card card(Card like, String capability, boolean mig, List<Part> parts) {
        return new Card(
                like.uuid(),
                like.name(),
                like.pciBusId(),
                capability,
                like.multiprocessors(),
                like.memoryTotalBytes(),
                SPEED,
                mig,
                parts,
                like.links());
    }
}
