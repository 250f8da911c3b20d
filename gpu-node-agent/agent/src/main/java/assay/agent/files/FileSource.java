package assay.agent.files;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where files come from that the cache does not have. */
public interface FileSource {
    /**
     * Sends the bytes of a file from an offset on, in order. Blocks until the end.
     *
     * @throws SourceAwayException when the source can not be reached now; bytes that arrived stay
     *     good
     * @throws assay.agent.fault.AgentException MODEL_FILE_MISSING
     */
    void read(String sha256, long offset, Sink sink) throws IOException, InterruptedException;

    /** Takes what arrives. */
    @FunctionalInterface
    interface Sink {
        /** The next bytes; the buffer is read wholly before the call returns. */
        void write(ByteBuffer bytes) throws IOException;
    }

    /** The source does not answer; ask again later. */
    final class SourceAwayException extends IOException {
        private static final long serialVersionUID = 1L;

        /** Says why, in words. */
        public SourceAwayException(String message) {
            super(message);
        }
    }
}
