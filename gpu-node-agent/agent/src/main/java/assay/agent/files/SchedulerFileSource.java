package assay.agent.files;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import assay.agent.fault.GrpcFaults;
import assay.scheduler.v1.FetchRequest;
import assay.scheduler.v1.FileChunk;
import assay.scheduler.v1.ModelFilesGrpc;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Iterator;

/** Files from the scheduler's store. Thread-safe. */
public final class SchedulerFileSource implements FileSource {
    private final Channel channel;

    /** Reads over a channel that reconnects by itself. */
    public SchedulerFileSource(Channel channel) {
        this.channel = channel;
    }

    @Override
    public void read(String sha256, long offset, Sink sink)
            throws IOException, InterruptedException {
        FetchRequest request =
                FetchRequest.newBuilder().setSha256(sha256).setOffset(offset).build();
        Context.CancellableContext call = Context.current().withCancellation();
        Context before = call.attach();
        try {
            Iterator<FileChunk> chunks =
                    ModelFilesGrpc.newBlockingStub(channel).withWaitForReady().fetch(request);
            while (chunks.hasNext()) {
                sink.write(chunks.next().getData().asReadOnlyByteBuffer());
            }
        } catch (StatusRuntimeException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("fetch of " + sha256);
            }
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                throw new AgentException(
                        FaultCode.MODEL_FILE_MISSING, "the store has no file " + sha256);
            }
            throw new SourceAwayException(GrpcFaults.line(e));
        } finally {
            call.detach(before);
            call.cancel(null);
        }
    }
}
