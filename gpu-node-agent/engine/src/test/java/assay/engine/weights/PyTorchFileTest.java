package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ModelFixtures;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PyTorchFileTest {
    @TempDir private Path folder;

    private Checkpoint open(byte[] bytes) throws IOException {
        Path path = folder.resolve("weights.pt");
        Files.write(path, bytes);
        return Checkpoint.open(path);
    }

    private void refuses(byte[] bytes, ErrorCode code, String message) {
        assertThatThrownBy(() -> open(bytes))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    /** Pickles that only have a body, without any storage. */
    private void refusesPickle(TorchArchive pickle, String message) {
        refuses(TorchArchive.zip(pickle.pickle(), Map.of()), ErrorCode.MODEL_UNSUPPORTED, message);
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static TorchArchive dict() {
        return new TorchArchive().op('}').op('(');
    }

    private static byte[] one(
            String type, int numel, int offset, int[] shape, int[] strides, byte[] data) {
        byte[] pickle =
                dict().tensor("w", type, "0", numel, offset, shape, strides).op('u').pickle();
        return TorchArchive.zip(pickle, Map.of("data/0", data));
    }

    @Test
    void holdsTheSameTensorsAsTheSafetensorsBesideIt() {
        Path model = ModelFixtures.folder("llama-f32");
        try (Checkpoint torch = Checkpoint.open(model.resolve("pytorch_model.bin"));
                Checkpoint safe = Checkpoint.open(model)) {
            assertThat(torch.names()).isEqualTo(safe.names()).hasSizeGreaterThan(10);
            for (String name : safe.names()) {
                assertThat(torch.tensor(name).shape()).isEqualTo(safe.tensor(name).shape());
                assertThat(torch.tensor(name).data().mismatch(safe.tensor(name).data()))
                        .as(name)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void readsOffsetsStridesAndTiedStorages() throws IOException {
        byte[] pickle =
                dict().tensor("a", "FloatStorage", "0", 6, 0, new int[] {2, 3}, new int[] {3, 1})
                        .tensor(
                                "tied",
                                "FloatStorage",
                                "0",
                                6,
                                0,
                                new int[] {2, 3},
                                new int[] {3, 1})
                        .tensor("tail", "FloatStorage", "0", 6, 4, new int[] {2}, new int[] {1})
                        .tensor(
                                "single",
                                "FloatStorage",
                                "0",
                                6,
                                0,
                                new int[] {1, 3},
                                new int[] {9, 1})
                        .tensor(
                                "turned",
                                "FloatStorage",
                                "0",
                                6,
                                0,
                                new int[] {3, 2},
                                new int[] {1, 3})
                        .op('u')
                        .pickle();
        byte[] file = TorchArchive.zip(pickle, Map.of("data/0", floats(0, 1, 2, 3, 4, 5)));
        try (Checkpoint checkpoint = open(file)) {
            assertThat(checkpoint.tensor("a").matrix(2, 3).get(1, 2)).isEqualTo(5);
            assertThat(checkpoint.tensor("tied").data().address())
                    .isEqualTo(checkpoint.tensor("a").data().address());
            assertThat(checkpoint.tensor("tail").matrix(2).get(0, 0)).isEqualTo(4);
            assertThat(checkpoint.tensor("single").matrix(1, 3).get(0, 2)).isEqualTo(2);
            assertThatThrownBy(() -> checkpoint.tensor("turned"))
                    .hasMessage(
                            "weights.pt: tensor turned of shape [3, 2] has strides [1, 3]"
                                    + " (expected: row-major and dense)");
        }
    }

    @Test
    void findsTheStateDictOfATrainingCheckpoint() throws IOException {
        TorchArchive pickle = new TorchArchive().op('}').op('(').text("epoch").number(3);
        pickle.text("state_dict").op('}').op('(');
        pickle.tensor("w", "HalfStorage", "0", 2, 0, new int[] {2}, new int[] {1}).op('u').op('u');
        byte[] file =
                TorchArchive.zip(pickle.pickle(), Map.of("data/0", new byte[] {0, 60, 0, 64}));
        try (Checkpoint checkpoint = open(file)) {
            assertThat(checkpoint.names()).containsExactly("w");
            assertThat(checkpoint.tensor("w").matrix(2).get(0, 1)).isEqualTo(2);
        }
    }

    @Test
    void aHostilePickleIsRefusedByNameAndRunsNothing() {
        Path victim = folder.resolve("victim");
        refusesPickle(
                new TorchArchive()
                        .global("posix", "system")
                        .text("touch " + victim)
                        .op(0x85)
                        .op('R'),
                "pickle global posix.system");
        refusesPickle(
                new TorchArchive().text("os").text("system").op(0x93), "pickle global os.system");
        refusesPickle(new TorchArchive().global("torch", "load"), "pickle global torch.load");
        refusesPickle(new TorchArchive().global("builtins", "eval"), "pickle global builtins.eval");
        refusesPickle(new TorchArchive().raw("(S'x'\nios\nsystem\n"), "pickle opcode STRING");
        refusesPickle(new TorchArchive().raw("(ios\nsystem\n"), "pickle opcode INST");
        refusesPickle(new TorchArchive().raw("(o"), "pickle opcode OBJ");
        refusesPickle(new TorchArchive().raw("\u0082\u0001"), "pickle opcode EXT1");
        refusesPickle(new TorchArchive().raw("N2"), "pickle opcode DUP");
        assertThat(victim).doesNotExist();
    }

    @Test
    void namesWhatIsWrong() {
        int[] two = {2};
        int[] dense = {1};
        byte[] data = floats(1, 2);
        ErrorCode invalid = ErrorCode.MODEL_INVALID;
        refuses(one("FloatStorage", 2, 1, two, dense, data), invalid, "w takes bytes 4..12");
        refuses(
                one("FloatStorage", 3, 0, two, dense, data),
                invalid,
                "storage 0 has 8 bytes (expected: 12)");
        refuses(one("FloatStorage", 2, -1, two, dense, data), invalid, "tensor at -1");
        refuses(
                one(
                        "FloatStorage",
                        2,
                        0,
                        new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE},
                        new int[] {Integer.MAX_VALUE, 1},
                        data),
                invalid,
                "overflows");
        refuses(
                TorchArchive.zip(
                        dict().tensor("w", "FloatStorage", "7", 2, 0, two, dense).op('u').pickle(),
                        Map.of()),
                invalid,
                "storage 7 is absent");
        refuses(
                TorchArchive.zip(
                        new TorchArchive().op('}').pickle(),
                        Map.of("byteorder", "big".getBytes(StandardCharsets.UTF_8))),
                ErrorCode.MODEL_UNSUPPORTED,
                "byteorder big (expected: little)");
        refuses(new TorchArchive().op('}').pickle(), ErrorCode.MODEL_UNSUPPORTED, "legacy pickle");
        refuses(
                "no archive at all, but long enough".getBytes(StandardCharsets.UTF_8),
                invalid,
                "no zip directory");
        refuses(
                TorchArchive.zip(new TorchArchive().op('}').pickle(), Map.of()),
                invalid,
                "no tensors");
        refuses(
                TorchArchive.zip(new TorchArchive().op('h').op(3).pickle(), Map.of()),
                invalid,
                "memo 3 was never put");
        refuses(
                TorchArchive.zip(new TorchArchive().op(0x85).pickle(), Map.of()),
                invalid,
                "stack is empty");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] good = one("FloatStorage", 2, 0, new int[] {2}, new int[] {1}, floats(1, 2));
        for (int size = 0; size < good.length; size++) {
            byte[] cut = Arrays.copyOf(good, size);
            assertThatThrownBy(() -> open(cut)).isInstanceOf(EngineException.class);
        }
    }

    /** The same archive with all places in 64 bits, as it is above 4 GiB. */
    @Test
    void readsZip64() throws IOException {
        byte[] plain = one("FloatStorage", 2, 0, new int[] {2}, new int[] {1}, floats(7, 8));
        try (Checkpoint checkpoint = open(Zip64.of(plain))) {
            assertThat(checkpoint.tensor("w").matrix(2).get(0, 1)).isEqualTo(8);
        }
        byte[] far = Zip64.of(plain);
        ByteBuffer.wrap(far).order(ByteOrder.LITTLE_ENDIAN).putLong(far.length - 22 - 12, 1L << 62);
        refuses(far, ErrorCode.MODEL_INVALID, "truncated");
    }

    @Test
    void compressedEntriesAreRefused() {
        byte[] good = one("FloatStorage", 2, 0, new int[] {2}, new int[] {1}, floats(1, 2));
        int central = Zip64.find(good, 0x02014b50);
        good[central + 10] = 8;
        refuses(good, ErrorCode.MODEL_UNSUPPORTED, "is compressed (method 8)");
    }

    @Test
    void shardsAreReadByTheirIndex() throws IOException {
        Files.write(
                folder.resolve("pytorch_model-00001-of-00002.bin"),
                one("FloatStorage", 2, 0, new int[] {2}, new int[] {1}, floats(1, 2)));
        Files.writeString(
                folder.resolve("pytorch_model.bin.index.json"),
                """
                {"weight_map":{"w":"pytorch_model-00001-of-00002.bin",
                 "far":"pytorch_model-00002-of-00002.bin"}}\
                """);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensor("w").data().get(ValueLayout.JAVA_BYTE, 3))
                    .isEqualTo((byte) 0x3f);
            assertThatThrownBy(() -> checkpoint.tensor("far"))
                    .hasMessageContaining("pytorch_model-00002-of-00002.bin: file is absent");
        }
    }
}
