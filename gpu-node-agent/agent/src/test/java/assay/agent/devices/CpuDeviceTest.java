package assay.agent.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuDeviceTest {
    private static final long MIB = 1 << 20;

    @TempDir Path root;

    @BeforeEach
    void machine() throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        Files.createDirectories(root.resolve("sys/fs/cgroup"));
        write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Test Processor 9000\n");
        write("proc/meminfo", "MemTotal:  1048576 kB\nMemAvailable: 786432 kB\n");
        write("proc/stat", "cpu  100 0 0 100 0 0 0 0 0 0\n");
        write("proc/self/statm", "5000 25600 10 0 0 0 0\n");
    }

    @Test
    void theMachineIsOneDevice() {
        ComputeDevice cpu = find(Optional.empty());
        assertThat(cpu.description().name()).isEqualTo("Test Processor 9000");
        assertThat(cpu.description().memoryTotalBytes()).isEqualTo(1_024 * MIB);
        assertThat(cpu.description().computeUnits()).isEqualTo(3);
        assertThat(cpu.read(0).memoryFreeBytes()).isEqualTo(768 * MIB);
        assertThat(cpu.read(0).memoryUsedBytes()).isEqualTo(256 * MIB);
    }

    @Test
    void ownStagesCountAsFree() {
        assertThat(find(Optional.empty()).read(100 * MIB).memoryFreeBytes()).isEqualTo(868 * MIB);
    }

    @Test
    void theControlGroupsLimitIsTheMemory() throws IOException {
        write("sys/fs/cgroup/memory.max", (512 * MIB) + "\n");
        write("sys/fs/cgroup/memory.current", (300 * MIB) + "\n");
        write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file " + (50 * MIB) + "\n");
        ComputeDevice cpu = find(Optional.empty());
        assertThat(cpu.description().memoryTotalBytes()).isEqualTo(512 * MIB);
        assertThat(cpu.read(0).memoryFreeBytes()).isEqualTo(262 * MIB);
    }

    @Test
    void aCapIsTheAgentsShareOfTheMachine() {
        ComputeDevice cpu = find(Optional.of(200 * MIB));
        assertThat(cpu.description().memoryTotalBytes()).isEqualTo(200 * MIB);
        assertThat(cpu.read(0).memoryFreeBytes()).isEqualTo(200 * MIB);
        assertThat(cpu.read(0).memoryUsedBytes()).isEqualTo(100 * MIB);
    }

    @Test
    void utilizationIsThatOfTheIntervalSinceTheLastReading() throws IOException {
        ComputeDevice cpu = find(Optional.empty());
        write("proc/stat", "cpu  130 0 0 110 0 0 0 0 0 0\n");
        assertThat(cpu.read(0).utilizationRatio()).isCloseTo(0.75, within(1e-9));
    }

    private ComputeDevice find(Optional<Long> cap) {
        return new CpuDeviceFinder(root, 3, cap).find().getFirst();
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(root.resolve(file), text);
    }
}
