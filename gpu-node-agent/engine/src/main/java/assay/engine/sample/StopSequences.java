package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.List;

/**
 * Ends a text at the first of some stop sequences, which may begin in one piece and end in a later
 * one. Whatever may still become one is held back. Confined to one thread.
 */
public final class StopSequences {
    public static final int COUNT_MAX = 16;
    public static final int LENGTH_MAX = 256;

    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    /**
     * @throws EngineException REQUEST_INVALID when a stop sequence is empty or there are too many
     */
    public StopSequences(List<String> stops) {
        this.stops = List.copyOf(stops);
        if (stops.size() > COUNT_MAX) {
            throw invalid("stop sequences: " + stops.size(), "at most " + COUNT_MAX);
        }
        for (String stop : stops) {
            if (stop.isEmpty() || stop.length() > LENGTH_MAX) {
                throw invalid(
                        "stop sequence: " + stop.length() + " characters", "1.." + LENGTH_MAX);
            }
        }
    }

    /** The text that is certain to come before any stop sequence; empty once one was found. */
    public String append(String text) {
        if (stopped) {
            return "";
        }
        held.append(text);
        int end = firstStop();
        if (end >= 0) {
            stopped = true;
            held.setLength(end);
            return finish();
        }
        return take(held.length() - heldBack());
    }

    /** A stop sequence was found: nothing comes after what was returned. */
    public boolean stopped() {
        return stopped;
    }

    /** What was held back; the stream is over. */
    public String finish() {
        return take(held.length());
    }

    private String take(int count) {
        String text = held.substring(0, count);
        held.delete(0, count);
        return text;
    }

    private int firstStop() {
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /** Length of the longest end of the text that is the beginning of a stop sequence. */
    private int heldBack() {
        int most = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > most; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    most = n;
                }
            }
        }
        return most;
    }

    private static EngineException invalid(String value, String expected) {
        return new EngineException(
                ErrorCode.REQUEST_INVALID, value + " (expected: " + expected + ")");
    }
}
