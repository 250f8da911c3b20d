package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.TenantTransactions;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What was used, as it was written down by day. Needs {@code usage:read}. Thread-safe. */
@Component
public class UsageReport {
    /** The longest time that one question may be about. */
    public static final int MOST_DAYS = 400;

    private final TenantTransactions transactions;

    UsageReport(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    /** What the lines are of. */
    public enum By {
        DAY("u.day::text", "u.day::text"),
        TENANT("u.tenant_id::text", "max(t.name)"),
        USER("u.user_id", "max(p.username)"),
        KEY("u.key_id", "max(k.name)"),
        MODEL("u.model", "u.model");

        private final String id;
        private final String name;

        By(String id, String name) {
            this.id = id;
            this.name = name;
        }

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
    public record Line(
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
    public List<Line> lines(
            Caller caller, @Nullable UUID asked, By by, LocalDate from, LocalDate to) {
        caller.require(Permission.USAGE_READ);
        long days = ChronoUnit.DAYS.between(from, to) + 1;
        if (days < 1 || days > MOST_DAYS) {
            throw WebException.invalid(
                    "from", days + " days until to (expected: 1.." + MOST_DAYS + ")");
        }
        return transactions.in(
                QuotaBook.tenant(caller, asked),
                jdbc ->
                        jdbc.sql(
                                        """
                                        select %s as id, coalesce(%s, '') as name, sum(u.requests) as requests,
                                            sum(u.denied) as denied, sum(u.input_tokens) as input_tokens,
                                            sum(u.output_tokens) as output_tokens
                                        from usage_days u
                                            left join tenants t on t.id = u.tenant_id
                                            left join users p on p.id::text = u.user_id
                                            left join api_keys k on k.id::text = u.key_id
                                        where u.day between ? and ?
                                        group by %s order by %s
                                        """
                                                .formatted(
                                                        by.id,
                                                        by.name,
                                                        by.id,
                                                        by == By.DAY
                                                                ? "1"
                                                                : "sum(u.input_tokens + u.output_tokens) desc, 1"))
                                .params(from, to)
                                .query((row, _) ->
                                        new Line(
                                                row.getString("id"),
                                                row.getString("name"),
                                                row.getLong("requests"),
                                                row.getLong("denied"),
                                                row.getLong("input_tokens"),
                                                row.getLong("output_tokens")))
                                .list());
    }

    /**
     * The lines as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an
     * apostrophe.
     */
    public static String csv(By by, List<Line> lines) {
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

    static String cell(String value) {
        boolean formula = !value.isEmpty() && "=+-@\t\r".indexOf(value.charAt(0)) >= 0;
        String safe = formula ? "'" + value : value;
        return safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? "\"" + safe.replace("\"", "\"\"") + "\""
                : safe;
    }
}
