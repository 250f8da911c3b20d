package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What was used, as it was written down by day. Needs {@code usage:read}. Thread-safe. */
public interface UsageReport {
    /** The longest time that one question may be about. */
    int MOST_DAYS = 400;

    /** What the lines are of. */
    enum By {
        DAY,
        TENANT,
        USER,
        KEY,
        MODEL;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<By> of(String id) {
            return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
        }
    }

    /**
     * One line of a report.
     *
     * @param id of what it is of; a day, or an id; empty for what was used without one
     * @param name for people
     */
    record Line(
            String id,
            String name,
            long requests,
            long denied,
            long inputTokens,
            long outputTokens) {}

    /**
     * @param from the first day, in UTC
     * @param to the last day
     * @throws WebException INVALID_REQUEST when the time is too long or runs backwards
     */
    List<Line> lines(Caller caller, @Nullable UUID asked, By by, LocalDate from, LocalDate to);

    /**
     * The lines as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with
     * an apostrophe.
     */
    static String csv(By by, List<Line> lines) {
        var text = new StringBuilder();
        text.append(by.id()).append(",name,requests,denied,input_tokens,output_tokens\r\n");
        for (Line line : lines) {
            text.append(cell(line.id())).append(',').append(cell(line.name())).append(',');
            text.append(line.requests()).append(',').append(line.denied()).append(',');
            text.append(line.inputTokens()).append(',').append(line.outputTokens());
            text.append("\r\n");
        }
        return text.toString();
    }

    private static String cell(String value) {
        boolean formula = !value.isEmpty() && "=+-@\t\r".indexOf(value.charAt(0)) >= 0;
        String safe = formula ? "'" + value : value;
        return safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? "\"" + safe.replace("\"", "\"\"") + "\""
                : safe;
    }
}
