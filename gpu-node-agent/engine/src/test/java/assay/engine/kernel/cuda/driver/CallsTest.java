package assay.engine.kernel.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How calls are made and cubins named, against the C library and by the bytes. */
class CallsTest {
    private static final List<String> OPTIONS = List.of("--gpu-architecture=sm_90a");

    private static NativeFunction ofC(String name) {
        return new NativeFunction(
                name, Linker.nativeLinker().defaultLookup().find(name).orElseThrow());
    }

    @Test
    void integersAndPointersArriveWhateverTheirWidth() {
        assertThat(ofC("abs").call(-5)).isEqualTo(5);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment left = arena.allocateFrom("assayed");
            MemorySegment right = arena.allocateFrom("assays");
            NativeFunction compare = ofC("strncmp");
            assertThat(compare.call(left.address(), right.address(), 5)).isZero();
            assertThat(compare.call(left.address(), right.address(), 6)).isNegative();
            assertThat(NativeLibrary.text(left.address())).isEqualTo("assayed");
            assertThat(NativeLibrary.text(0)).isEmpty();
        }
    }

    @Test
    void moreArgumentsThanRegistersArriveInOrder() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(64);
            MemorySegment format = arena.allocateFrom("%d %d %d %d %d %d %d");
            int length =
                    ofC("snprintf")
                            .call(
                                    text.address(),
                                    text.byteSize(),
                                    format.address(),
                                    1,
                                    2,
                                    3,
                                    4,
                                    5,
                                    6,
                                    7);
            assertThat(text.getString(0)).isEqualTo("1 2 3 4 5 6 7");
            assertThat(length).isEqualTo(13);
        }
    }

    @Test
    void aLaunchIsWrittenAsTheHeaderLaysItOut() {
        LaunchConfig config = new LaunchConfig();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(24, 8);
            config.write(77, new GpuKernel.Blocks(2, 3, 4), 128, 1_024, true, arguments);
            MemorySegment bytes = config.config();
            assertThat(bytes.asSlice(0, 28).toArray(ValueLayout.JAVA_INT))
                    .containsExactly(2, 3, 4, 128, 1, 1, 1_024);
            assertThat(bytes.get(ValueLayout.JAVA_LONG, 32)).isEqualTo(77);
            assertThat(bytes.get(ValueLayout.JAVA_LONG, 40)).isEqualTo(bytes.address() + 56);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 48)).isEqualTo(1);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 56)).isEqualTo(6);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 64)).isEqualTo(1);
            config.write(77, new GpuKernel.Blocks(1, 1, 1), 32, 0, false, arguments);
            assertThat(bytes.get(ValueLayout.JAVA_INT, 48)).isZero();
        }
    }

    @Test
    void machineCodeIsNamedBySourceOptionsAndDriver() {
        String key = KernelCompiler.key("source", OPTIONS, 13_000);
        assertThat(key).hasSize(64).isEqualTo(KernelCompiler.key("source", OPTIONS, 13_000));
        assertThat(KernelCompiler.key("source ", OPTIONS, 13_000)).isNotEqualTo(key);
        assertThat(KernelCompiler.key("source", List.of("--gpu-architecture=sm_80"), 13_000))
                .isNotEqualTo(key);
        assertThat(KernelCompiler.key("source", OPTIONS, 13_010)).isNotEqualTo(key);
    }

    @Test
    void machineCodeIsKeptWhereTheEnvironmentSays() {
        assertThat(KernelCompiler.folderOf(Map.of(KernelCompiler.VARIABLE, "/here")))
                .isEqualTo(Path.of("/here"));
        assertThat(KernelCompiler.folderOf(Map.of("XDG_CACHE_HOME", "/cache")))
                .isEqualTo(Path.of("/cache/assay/cubins"));
        assertThat(KernelCompiler.folderOf(Map.of())).endsWithRaw(Path.of("assay/cubins"));
    }

    @Test
    void aUuidIsWrittenAsTheDriversToolsDo() {
        byte[] bytes = new byte[16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (0xF0 + i);
        }
        assertThat(GpuDriver.uuid(bytes)).isEqualTo("f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
    }
}
