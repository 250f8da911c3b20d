package assay.web.logs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest lines first.
 *
 * @param next where older ones go on; null if there are none
 */
public record LogPage(List<LogLine> lines, @Nullable Cursor next) {
    public LogPage {
        lines = List.copyOf(lines);
    }

    /**
     * The last line of a page.
     *
     * @param offset in its file: lines of one millisecond stand in their order
     */
    public record Cursor(long epochMillis, long offset) {
        /**
         * @throws IllegalArgumentException if it is none
         */
        public static Cursor parse(String text) {
            if (!text.matches("[0-9]{1,15}_-?[0-9]{1,19}")) {
                throw new IllegalArgumentException("cursor: unknown");
            }
            int middle = text.indexOf('_');
            return new Cursor(
                    Long.parseLong(text.substring(0, middle)),
                    Long.parseLong(text.substring(middle + 1)));
        }

        @Override
        public String toString() {
            return epochMillis + "_" + offset;
        }
    }
}
