package assay.web.limits;

import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.TenantTransactions;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Usage as the database has it. Thread-safe. */
@Component
class StoredUsage implements UsageReport {
    private final TenantTransactions transactions;

    StoredUsage(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    @Override
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
                                                        id(by),
                                                        name(by),
                                                        id(by),
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

    private static String id(By by) {
        return switch (by) {
            case DAY -> "u.day::text";
            case TENANT -> "u.tenant_id::text";
            case USER -> "u.user_id";
            case KEY -> "u.key_id";
            case MODEL -> "u.model";
        };
    }

    private static String name(By by) {
        return switch (by) {
            case DAY -> "u.day::text";
            case TENANT -> "max(t.name)";
            case USER -> "max(p.username)";
            case KEY -> "max(k.name)";
            case MODEL -> "u.model";
        };
    }
}
