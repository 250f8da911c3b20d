package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.Map;

/** What launches are checked with before they trust their shapes. */
final class Checks {
    private Checks() {}

    static void equal(String name, long value, long expected) {
        if (value != expected) {
            throw invalid(name, value, Long.toString(expected));
        }
    }

    static void multiple(String name, long value, long of) {
        if (value % of != 0) {
            throw invalid(name, value, "a multiple of " + of);
        }
    }

    static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw invalid(name, value, least + ".." + most);
        }
    }

    static <K, V> V present(Map<K, V> map, K key) {
        V value = map.get(key);
        if (value == null) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "kernel for %s: none (expected: one of %s)".formatted(key, map.keySet()));
        }
        return value;
    }

    private static EngineException invalid(String name, long value, String expected) {
        return new EngineException(
                ErrorCode.STEP_INVALID, "%s: %d (expected: %s)".formatted(name, value, expected));
    }
}
