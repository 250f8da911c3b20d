package assay.scheduler.server.files;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.rpc.Faults;
import assay.scheduler.v1.FetchRequest;
import assay.scheduler.v1.FileChunk;
import assay.scheduler.v1.ModelFilesGrpc;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams files of the store. A name is a hash and nothing else, so no path of a caller's making is
 * ever opened; a chunk is read only when the caller can take it. Thread-safe.
 */
public final class ModelFilesService extends ModelFilesGrpc.ModelFilesImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(ModelFilesService.class);
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final int CHUNK_BYTES = 512 << 10;

    private final Path store;

    public ModelFilesService(Path store) {
        this.store = store;
    }

    @Override
    public void fetch(FetchRequest request, StreamObserver<FileChunk> answer) {
        String sha256 = request.getSha256();
        if (!SHA_256.matcher(sha256).matches()) {
            String message = "sha256: " + sha256.length() + " characters (expected: 64 hex)";
            answer.onError(Faults.of(ErrorCode.FILE_REQUEST_INVALID, message));
            return;
        }
        Path file = store.resolve(sha256.substring(0, 2)).resolve(sha256);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            answer.onError(Faults.of(ErrorCode.FILE_UNKNOWN, "no file " + sha256));
            return;
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            long size = channel.size();
            if (request.getOffset() < 0 || request.getOffset() > size) {
                channel.close();
                String message = "offset: " + request.getOffset() + " (expected: 0.." + size + ")";
                answer.onError(Faults.of(ErrorCode.FILE_REQUEST_INVALID, message));
                return;
            }
            channel.position(request.getOffset());
            var out = (ServerCallStreamObserver<FileChunk>) answer;
            var transfer = new Transfer(channel, out);
            out.setOnCancelHandler(transfer::end);
            out.setOnReadyHandler(transfer::go);
        } catch (IOException e) {
            answer.onError(Faults.of(e));
        }
    }

    /** One file on its way. gRPC calls it from one thread at a time. */
    private static final class Transfer {
        private final FileChannel channel;
        private final ServerCallStreamObserver<FileChunk> out;
        private boolean done;

        Transfer(FileChannel channel, ServerCallStreamObserver<FileChunk> out) {
            this.channel = channel;
            this.out = out;
        }

        void go() {
            try {
                while (!done && out.isReady()) {
                    var buffer = ByteBuffer.allocate(CHUNK_BYTES);
                    int read = channel.read(buffer);
                    if (read < 0) {
                        end();
                        out.onCompleted();
                    } else {
                        buffer.flip();
                        out.onNext(
                                FileChunk.newBuilder()
                                        .setData(UnsafeByteOperations.unsafeWrap(buffer))
                                        .build());
                    }
                }
            } catch (IOException e) {
                end();
                out.onError(Faults.of(e));
            }
        }

        void end() {
            done = true;
            try {
                channel.close();
            } catch (IOException e) {
                LOG.warn("close a model file: {}", e.getMessage());
            }
        }
    }
}
