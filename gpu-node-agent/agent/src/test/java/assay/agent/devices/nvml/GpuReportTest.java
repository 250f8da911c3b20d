package assay.agent.devices.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GpuReportTest {
    private final RecordedNvml nvml = new RecordedNvml(RecordedNvml.TWO_CARDS);

    @Test
    void aMachineWithCardsIsListedWithItsLinks() {
        List<String> lines = report();
        assertThat(lines).allMatch(line -> line.startsWith("ok GPU"));
        assertThat(lines)
                .contains(
                        "ok GPU driver: 580.159.04",
                        "ok GPU GPU-e7ce2e80-4cc4-1eff-413a-19797002972d: NVIDIA H200,"
                                + " 143156 MiB, compute capability 9.0, 00000000:00:06.0",
                        "ok GPU GPU-e7ce2e80-4cc4-1eff-413a-19797002972d: to"
                                + " GPU-65381c82-4dc2-fbef-6e8a-5fbe01f06c8b by 18 links of"
                                + " NVLink");
        assertThat(nvml.isClosed()).isTrue();
    }

    @Test
    void aMachineWithoutADriverIsToldWhatIsMissing() {
        assertThat(
                        GpuReport.of(
                                () -> {
                                    throw new NvmlException("nvmlInit_v2", 9);
                                },
                                CudaLibrary::find))
                .singleElement()
                .asString()
                .startsWith("without GPU: none to be seen")
                .contains("NVML_ERROR_DRIVER_NOT_LOADED", "modprobe nvidia");
    }

    @Test
    void anOldDriverAndMissingLibrariesAreExplained() {
        nvml.driver("470.57.02");
        assertThat(GpuReport.of(() -> nvml, library -> Optional.empty()))
                .anyMatch(line ->
                        line.startsWith("without GPU driver: 470.57.02 (expected: 525.85.12"))
                .anyMatch(
                        line -> line.contains("libcuda.so.1") && line.contains("runs the kernels"))
                .anyMatch(line -> line.contains("libnvrtc.so.12") && line.contains("compiles"))
                .anyMatch(line -> line.contains("libcublasLt.so.12") && line.contains("matrices"));
    }

    @Test
    void aCardThatIsNearlyFullIsNamed() {
        nvml.become("busy");
        assertThat(report())
                .contains(
                        "without GPU GPU-e7ce2e80-4cc4-1eff-413a-19797002972d: 92 % of its memory"
                                + " is in use already");
    }

    @Test
    void aLostCardIsSaidAndTheOtherListed() {
        nvml.fail("GPU-e7ce2e80-4cc4-1eff-413a-19797002972d", 15);
        assertThat(report())
                .anyMatch(line -> line.startsWith("without") && line.contains("GPU_IS_LOST"))
                .anyMatch(line -> line.startsWith("ok GPU GPU-65381c82"));
    }

    private List<String> report() {
        return GpuReport.of(() -> nvml, library -> Optional.of("there"));
    }
}
