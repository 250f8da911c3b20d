package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * What reading a file's description may take of the heap: a small file cannot make a large one of
 * it. Honest files stay far below, since their tensors are never copied. Confined to one thread.
 */
final class HeapBudget {
    private static final long FLOOR_BYTES = 256 << 10;

    private static final int JSON_VALUE_BYTES = 128;

    private final String file;
    private final long most;
    private long spent;

    /** Twice the file, and a floor for small ones. */
    HeapBudget(String file, long fileBytes) {
        this.file = file;
        this.most = FLOOR_BYTES + 2 * fileBytes;
    }

    /** Says that so many bytes are about to be allocated, by estimate. */
    void spend(long bytes) {
        spent += bytes;
        if (bytes < 0 || spent > most) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: its description takes over %d bytes of memory (expected: at most that)"
                            .formatted(file, most));
        }
    }

    /** What a JSON parser makes of the text: an object for each value, whatever is in it. */
    void spendOnJson(byte[] json) {
        long values = 0;
        for (byte b : json) {
            values += b == ',' || b == '{' || b == '[' ? 1 : 0;
        }
        spend(values * JSON_VALUE_BYTES);
    }
}
