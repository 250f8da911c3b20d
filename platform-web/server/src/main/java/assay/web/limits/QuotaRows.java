package assay.web.limits;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** Rows of the table {@code quotas}. Stateless. */
final class QuotaRows {
    static final String SELECT =
            "select id, tenant_id, subject, subject_id, kind, amount, soft_percent, version"
                    + " from quotas";

    private QuotaRows() {}

    static Quota quota(ResultSet row, int number) throws SQLException {
        return new Quota(
                row.getObject("id", UUID.class),
                row.getObject("tenant_id", UUID.class),
                new Subject(
                        Subject.Kind.of(row.getString("subject")).orElseThrow(),
                        row.getString("subject_id")),
                LimitKind.of(row.getString("kind")).orElseThrow(),
                row.getLong("amount"),
                row.getInt("soft_percent"),
                row.getLong("version"));
    }
}
