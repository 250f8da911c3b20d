package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.PasswordHashes;
import assay.web.identity.Rights;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.PersonTransactions;
import assay.web.tenancy.Signals;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What people may see and change of their own account. Thread-safe. */
@Component
public class Accounts {
    private static final int NAME_CHARS = 100;

    private final JdbcClient jdbc;
    private final PersonTransactions people;
    private final PasswordHashes hashes;
    private final SignInThrottle throttle;
    private final WebSessions sessions;
    private final Signals signals;
    private final DatabaseWatch watch;
    private final AuditedChanges audit;

    Accounts(
            JdbcClient jdbc,
            PersonTransactions people,
            PasswordHashes hashes,
            SignInThrottle throttle,
            WebSessions sessions,
            Signals signals,
            DatabaseWatch watch,
            AuditedChanges audit) {
        this.jdbc = jdbc;
        this.people = people;
        this.hashes = hashes;
        this.throttle = throttle;
        this.sessions = sessions;
        this.signals = signals;
        this.watch = watch;
        this.audit = audit;
    }

    /**
     * An account as its person sees it.
     *
     * @param hasPassword false for who signs in by other means alone
     */
    public record Profile(
            UUID id,
            String username,
            String displayName,
            @Nullable String email,
            boolean hasPassword,
            @Nullable Instant passwordChangedAt,
            @Nullable Instant lastSignInAt,
            long version) {}

    /** An account as a sign-in needs it. */
    record Known(UUID id, String username, @Nullable String passwordHash, boolean mustChange) {}

    /**
     * Whose account it is.
     *
     * @throws WebException PERMISSION_DENIED for guests and keys: they have none
     */
    static UUID person(Caller caller) {
        if (caller.kind() != Caller.Kind.USER) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "this is for people who signed in alone");
        }
        return UUID.fromString(caller.id());
    }

    // ------------------------------------------------------------ for the sign-in

    /** The account of this name, unless it is disabled. */
    Optional<Known> find(String username) {
        return ask("lower(username) = lower(?)", username);
    }

    Optional<Known> find(UUID id) {
        return ask("id = ?", id);
    }

    private Optional<Known> ask(String which, Object value) {
        try {
            return jdbc.sql(
                            "select id, username, password_hash, must_change_password from users"
                                    + " where disabled_at is null and "
                                    + which)
                    .param(value)
                    .query((row, _) ->
                            new Known(
                                    row.getObject(1, UUID.class),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getBoolean(4)))
                    .optional();
        } catch (RuntimeException e) {
            throw watch.lost(e) ? DatabaseWatch.unavailable(e) : e;
        }
    }

    /**
     * Notes that the person signed in.
     *
     * @return his user name
     */
    String signedIn(UUID id) {
        return jdbc.sql("update users set last_sign_in_at = now() where id = ? returning username")
                .param(id)
                .query(String.class)
                .single();
    }

    // ------------------------------------------------------------ passwords

    /** Why the password would be refused for this person. */
    Optional<PasswordRule.Problem> problem(Known account, String password) {
        Optional<PasswordRule.Problem> problem =
                PasswordRule.check(password, names(account.id(), account.username()));
        return problem.isEmpty() && hashes.matches(password, account.passwordHash())
                ? Optional.of(PasswordRule.Problem.SAME_AS_BEFORE)
                : problem;
    }

    /** Why the caller's new password would be refused. */
    public Optional<PasswordRule.Problem> problem(Caller caller, String password) {
        return find(person(caller)).flatMap(account -> problem(account, password));
    }

    private List<String> names(UUID id, String username) {
        List<String> names = new ArrayList<>();
        names.add(username);
        names.addAll(
                jdbc.sql(
                                "select tenant_name from find_memberships(?) union all"
                                        + " select display_name from users where id = ?")
                        .params(id, id)
                        .query(String.class)
                        .list());
        return names;
    }

    /**
     * Sets a password that its person chose. Nobody has to change it then.
     *
     * @param transaction any
     */
    void setPassword(JdbcClient transaction, UUID id, String password) {
        transaction
                .sql(
                        """
                        update users set password_hash = ?, must_change_password = false,
                            password_changed_at = now(), version = version + 1
                        where id = ?
                        """)
                .params(hashes.hash(PasswordRule.normal(password)), id)
                .update();
    }

    boolean matches(String password, @Nullable String hash) {
        return hashes.matches(PasswordRule.normal(password), hash);
    }

    /**
     * Changes the caller's password and ends his other sessions.
     *
     * @throws WebException INVALID_REQUEST with the field that is wrong; RATE_LIMITED when the old
     *     one was wrong too often
     */
    public void changePassword(Caller caller, String requestId, String old, String fresh) {
        UUID id = person(caller);
        audit.run(
                change(caller, requestId, "account.password"),
                () -> {
                    Known account = find(id).orElseThrow(Accounts::gone);
                    checkPassword(account, old, "old_password");
                    checkNew(problem(account, fresh));
                    return people.in(
                            id,
                            transaction -> {
                                setPassword(transaction, id, fresh);
                                return sessions.endAll(
                                        transaction,
                                        id,
                                        CurrentSession.id().orElse(null),
                                        WebSessions.End.PASSWORD);
                            });
                });
    }

    /** Counted, so that an open session is no place to guess in either. */
    private void checkPassword(Known account, String password, String field) {
        var attempt = throttle.own(account.id().toString());
        if (!matches(password, account.passwordHash())) {
            throw WebException.invalid(field, "not the password (expected: the one of now)");
        }
        throttle.succeeded(attempt);
    }

    /**
     * @throws WebException INVALID_REQUEST when there is a problem
     */
    static void checkNew(Optional<PasswordRule.Problem> problem) {
        if (problem.isPresent()) {
            throw refusal(problem.get());
        }
    }

    /** What is said of a password that is not good. */
    private static WebException refusal(PasswordRule.Problem problem) {
        return WebException.invalid(
                "password",
                switch (problem) {
                    case TOO_SHORT ->
                            "too short (expected: " + PasswordRule.LEAST + " characters or more)";
                    case TOO_LONG ->
                            "too long (expected: at most " + PasswordRule.MOST + " characters)";
                    case A_NAME -> "a name (expected: not the user's, tenant's or product's)";
                    case REPEATED -> "few characters repeated (expected: four different ones)";
                    case SAME_AS_BEFORE -> "the same as before (expected: another)";
                });
    }

    // ------------------------------------------------------------ the account

    /**
     * @throws WebException PERMISSION_DENIED for who has no account
     */
    public Profile profile(Caller caller) {
        return read(person(caller));
    }

    private Profile read(UUID id) {
        return jdbc.sql("select * from users where id = ? and disabled_at is null")
                .param(id)
                .query((row, _) -> profile(row))
                .optional()
                .orElseThrow(Accounts::gone);
    }

    private static Profile profile(ResultSet row) throws SQLException {
        return new Profile(
                row.getObject("id", UUID.class),
                row.getString("username"),
                row.getString("display_name"),
                row.getString("email"),
                row.getString("password_hash") != null,
                instant(row, "password_changed_at"),
                instant(row, "last_sign_in_at"),
                row.getLong("version"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime moment = row.getObject(column, OffsetDateTime.class);
        return moment == null ? null : moment.toInstant();
    }

    /**
     * Changes how the caller is called.
     *
     * @throws WebException INVALID_REQUEST
     */
    public Profile rename(Caller caller, String requestId, String displayName) {
        UUID id = person(caller);
        String name = checkName(displayName);
        return audit.run(
                change(caller, requestId, "account.rename"),
                () ->
                        people.in(
                                id,
                                transaction -> {
                                    transaction
                                            .sql(
                                                    "update users set display_name = ?, version ="
                                                            + " version + 1 where id = ?")
                                            .params(name, id)
                                            .update();
                                    signals.send(transaction, Rights.PERSON, id.toString());
                                    return read(id);
                                }));
    }

    /**
     * @throws WebException INVALID_REQUEST
     */
    static String checkName(String displayName) {
        String name = displayName.strip();
        if (name.isEmpty() || name.length() > NAME_CHARS) {
            throw WebException.invalid(
                    "name", name.length() + " characters (expected: 1.." + NAME_CHARS + ")");
        }
        return name;
    }

    /**
     * Makes an account with a password that its person chose.
     *
     * @throws WebException INVALID_REQUEST when the user name is taken
     */
    void create(
            JdbcClient transaction,
            UUID id,
            String username,
            String displayName,
            @Nullable String email,
            String password) {
        try {
            transaction
                    .sql(
                            """
                            insert into users
                                (id, username, display_name, email, password_hash,
                                 password_changed_at)
                            values (:id, :username, :name, :email, :hash, now())
                            """)
                    .param("id", id)
                    .param("username", username)
                    .param("name", displayName)
                    .param("email", email)
                    .param("hash", hashes.hash(PasswordRule.normal(password)))
                    .update();
        } catch (DuplicateKeyException e) {
            throw new WebException(
                    ErrorCode.INVALID_REQUEST,
                    "user_name: taken (expected: another)",
                    Map.of("user_name", "taken (expected: another)"),
                    null,
                    e);
        }
    }

    private static AuditedChanges.Change change(Caller caller, String requestId, String action) {
        return new AuditedChanges.Change(
                caller, requestId, action, "user", caller.id(), "POST", "/account", Map.of());
    }

    private static WebException gone() {
        return new WebException(ErrorCode.NOT_FOUND, "the account is not there any more");
    }
}
