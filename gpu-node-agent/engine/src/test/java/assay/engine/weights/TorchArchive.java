package assay.engine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files as torch.save writes them, and pickles that it would not write. */
final class TorchArchive {
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

    TorchArchive() {
        op(0x80).op(2);
    }

    TorchArchive op(int code) {
        pickle.write(code);
        return this;
    }

    TorchArchive global(String module, String name) {
        return raw("c" + module + "\n" + name + "\n");
    }

    TorchArchive raw(String latin) {
        pickle.writeBytes(latin.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    TorchArchive text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        op('X').int32(utf8.length);
        pickle.writeBytes(utf8);
        return this;
    }

    TorchArchive number(int value) {
        return op('J').int32(value);
    }

    private TorchArchive int32(int value) {
        for (int i = 0; i < 4; i++) {
            op(value >> (8 * i) & 0xFF);
        }
        return this;
    }

    private TorchArchive tuple(int... values) {
        op('(');
        for (int value : values) {
            number(value);
        }
        return op('t');
    }

    /** A name and its tensor, as two things on the stack. */
    TorchArchive tensor(
            String name,
            String storageType,
            String key,
            int numel,
            int offset,
            int[] shape,
            int[] strides) {
        text(name).global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage").global("torch", storageType).text(key).text("cpu").number(numel);
        op('t').op('Q').number(offset).tuple(shape).tuple(strides).op(0x89);
        return global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    /** The pickle so far, ended. */
    byte[] pickle() {
        op('.');
        return pickle.toByteArray();
    }

    /** A zip of the pickle and what else is given, by names within the archive. */
    static byte[] zip(byte[] pickle, Map<String, byte[]> others) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "archive/data.pkl", pickle);
            for (Map.Entry<String, byte[]> other : others.entrySet()) {
                store(zip, "archive/" + other.getKey(), other.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(data);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        entry.setExtra(new byte[] {0x46, 0x42, 3, 0, 'Z', 'Z', 'Z'});
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }
}
