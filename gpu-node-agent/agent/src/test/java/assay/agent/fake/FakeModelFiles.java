package assay.agent.fake;

import assay.agent.v1.ModelFile;
import assay.scheduler.v1.FetchRequest;
import assay.scheduler.v1.FileChunk;
import assay.scheduler.v1.ModelFilesGrpc;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A store of model files; can hand out wrong bytes. Thread-safe. */
public final class FakeModelFiles extends ModelFilesGrpc.ModelFilesImplBase {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Map<String, Path> files = new ConcurrentHashMap<>();
    private final Set<String> spoiled = ConcurrentHashMap.newKeySet();

    /** Serves the files of a model folder; gives their list, small ones first. */
    public List<ModelFile> offer(Path folder) {
        List<ModelFile> list = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.filter(FakeModelFiles::belongsToModel).toList()) {
                String sha256 = sha256(Files.readAllBytes(file));
                files.put(sha256, file);
                list.add(
                        ModelFile.newBuilder()
                                .setName(file.getFileName().toString())
                                .setSha256(sha256)
                                .setBytes(Files.size(file))
                                .build());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        list.sort(Comparator.comparingLong(ModelFile::getBytes));
        return list;
    }

    /** From now on this file comes with a wrong byte. */
    public void spoil(String sha256) {
        spoiled.add(sha256);
    }

    @Override
    public void fetch(FetchRequest request, StreamObserver<FileChunk> out) {
        Path file = files.get(request.getSha256());
        if (file == null) {
            out.onError(Status.NOT_FOUND.asException());
            return;
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (spoiled.contains(request.getSha256())) {
                bytes[bytes.length - 1] ^= 1;
            }
            for (int at = (int) request.getOffset(); at < bytes.length; at += CHUNK_BYTES) {
                int count = Math.min(CHUNK_BYTES, bytes.length - at);
                out.onNext(
                        FileChunk.newBuilder()
                                .setData(ByteString.copyFrom(bytes, at, count))
                                .build());
            }
            out.onCompleted();
        } catch (IOException e) {
            out.onError(e);
        }
    }

    /** Lower-case hexadecimal SHA-256. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean belongsToModel(Path file) {
        String name = file.getFileName().toString();
        return !name.startsWith("golden")
                && (name.endsWith(".safetensors") || name.endsWith(".json"));
    }
}
