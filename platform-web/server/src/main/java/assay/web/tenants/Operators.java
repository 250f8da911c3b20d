package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.tenancy.Signals;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The people who run the installation, above all tenants. Thread-safe. One is always left. */
@Component
public class Operators {
    private static final String PATH = "/operators/";

    /** Any number: two that step down together must not both find the other. */
    private static final long LOCK = 0x61737361_79303032L;

    private final JdbcClient jdbc;
    private final AuditedChanges changes;
    private final Signals signals;

    Operators(JdbcClient jdbc, AuditedChanges changes, Signals signals) {
        this.jdbc = jdbc;
        this.changes = changes;
        this.signals = signals;
    }

    /** One of them. */
    public record Operator(UUID userId, String username, String name) {}

    public List<Operator> list(Caller caller) {
        caller.require(Permission.TENANT_MANAGE);
        return jdbc.sql(
                        """
                        select id, username, display_name from users
                        where operator and disabled_at is null order by lower(username)
                        """)
                .query((row, _) ->
                        new Operator(
                                row.getObject(1, UUID.class), row.getString(2), row.getString(3)))
                .list();
    }

    /** Lifts the person above the tenants, or takes him down again. */
    public void set(AdminCall call, UUID user, boolean operator) {
        String action = operator ? "operator.add" : "operator.remove";
        var change =
                call.change(
                        action, "user", user.toString(), operator ? "PUT" : "DELETE", PATH + user);
        changes.inTransaction(
                change,
                transaction -> {
                    call.caller().require(Permission.TENANT_MANAGE);
                    transaction
                            .sql("select pg_advisory_xact_lock(?)::text")
                            .param(LOCK)
                            .query(String.class)
                            .single();
                    int rows =
                            transaction
                                    .sql("update users set operator = ? where id = ?")
                                    .params(operator, user)
                                    .update();
                    if (rows == 0) {
                        throw new WebException(ErrorCode.NOT_FOUND, "no such person");
                    }
                    checkOneIsLeft(transaction);
                    signals.send(transaction, Rights.PERSON, user.toString());
                    return rows;
                });
    }

    private static void checkOneIsLeft(JdbcClient transaction) {
        boolean left =
                transaction
                        .sql(
                                "select exists (select from users"
                                        + " where operator and disabled_at is null)")
                        .query(Boolean.class)
                        .single();
        if (!left) {
            throw new WebException(
                    ErrorCode.LAST_ADMIN, "this is the only operator: make another first");
        }
    }
}
