package assay.audit.chain;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;

/** Times between Java and PostgreSQL. Stateless. */
final class Sql {
    private Sql() {}

    static Instant instant(ResultSet row, int column) throws SQLException {
        return Objects.requireNonNull(row.getObject(column, OffsetDateTime.class)).toInstant();
    }

    static void setInstant(PreparedStatement statement, int parameter, Instant value)
            throws SQLException {
        statement.setObject(parameter, value.atOffset(ZoneOffset.UTC));
    }

    /** Sets two parameters: the start of the day and that of the next. */
    static void setDay(PreparedStatement statement, int parameter, LocalDate day)
            throws SQLException {
        setInstant(statement, parameter, start(day));
        setInstant(statement, parameter + 1, start(day.plusDays(1)));
    }

    static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
