package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a stream, each within a bound and all within another, so that no sender fills the
 * memory. Confined to one thread.
 */
final class Lines {
    private static final int CHUNK = 64 << 10;

    private final InputStream in;
    private final int lineBytes;
    private final long allBytes;
    private final byte[] chunk = new byte[CHUNK];
    private byte[] line = new byte[1024];
    private int next;
    private int end;
    private long read;
    private long number;

    /**
     * @param lineBytes the longest line, without its end
     * @param allBytes the longest stream
     */
    Lines(InputStream in, int lineBytes, long allBytes) {
        this.in = in;
        this.lineBytes = lineBytes;
        this.allBytes = allBytes;
    }

    /** The number of the line that was read last, from 1. */
    long number() {
        return number;
    }

    /**
     * The next line without its end; null after the last.
     *
     * @throws WebException REQUEST_TOO_LARGE
     */
    byte @Nullable [] next() throws IOException {
        int length = 0;
        number++;
        while (true) {
            if (next == end && !fill()) {
                return length == 0 ? null : cut(length);
            }
            int from = next;
            while (next < end && chunk[next] != '\n') {
                next++;
            }
            length = append(from, next - from, length);
            if (next < end) {
                next++;
                return cut(length);
            }
        }
    }

    static WebException tooLong(long line, int most) {
        return new WebException(
                ErrorCode.REQUEST_TOO_LARGE, "line " + line + ": above " + most + " bytes");
    }

    static WebException tooMuch(long most) {
        return new WebException(
                ErrorCode.REQUEST_TOO_LARGE,
                "the items: above " + most + " bytes in all; split them into several jobs");
    }

    private boolean fill() throws IOException {
        end = in.read(chunk);
        next = 0;
        if (end <= 0) {
            end = 0;
            return false;
        }
        read += end;
        if (read > allBytes) {
            throw tooMuch(allBytes);
        }
        return true;
    }

    private int append(int from, int count, int length) {
        int longer = length + count;
        if (longer > lineBytes) {
            throw tooLong(number, lineBytes);
        }
        if (longer > line.length) {
            line = Arrays.copyOf(line, Math.max(longer, 2 * line.length));
        }
        System.arraycopy(chunk, from, line, length, count);
        return longer;
    }

    private byte[] cut(int length) {
        int without = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return Arrays.copyOf(line, without);
    }
}
