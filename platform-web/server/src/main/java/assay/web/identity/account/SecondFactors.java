package assay.web.identity.account;

import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.Rights;
import assay.web.tenancy.PersonTransactions;
import assay.web.tenancy.Signals;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Codes of an authenticator app beside the password, and recovery codes for who lost it.
 * Thread-safe. A secret counts once a code from it has proved that the app has it; secrets are
 * sealed, recovery codes are keyed hashes, and none of either is taken twice.
 */
@Component
public class SecondFactors {
    private static final String ISSUER = "Assay";
    private static final Pattern CODE = Pattern.compile("\\d{6}");

    private final PersonTransactions people;
    private final AccountSecrets secrets;
    private final SignInThrottle throttle;
    private final AuditedChanges audit;
    private final Signals signals;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    SecondFactors(
            PersonTransactions people,
            AccountSecrets secrets,
            SignInThrottle throttle,
            AuditedChanges audit,
            Signals signals,
            InstantSource clock) {
        this.people = people;
        this.secrets = secrets;
        this.throttle = throttle;
        this.audit = audit;
        this.signals = signals;
        this.clock = clock;
    }

    /**
     * How it stands.
     *
     * @param since when it was confirmed; null while there is none
     */
    public record Status(@Nullable Instant since, int recoveryCodesLeft) {
        public boolean active() {
            return since != null;
        }
    }

    /**
     * A secret to put into an app.
     *
     * @param secret to type in, Base32
     * @param uri what the picture says
     */
    public record Setup(String secret, String uri) {}

    /**
     * A row.
     *
     * @param secret sealed
     */
    private record Row(Sealed secret, boolean confirmed, long lastStep) {}

    // ------------------------------------------------------------ for the sign-in

    /** Whether the person is asked for a code. */
    public boolean active(UUID userId) {
        return people.in(userId, transaction -> find(transaction, userId))
                .filter(Row::confirmed)
                .isPresent();
    }

    /** What the code is, if it is a good one; it is not good again. */
    Optional<SignInMethod> take(UUID userId, String typed) {
        return people.in(userId, transaction -> take(transaction, userId, typed));
    }

    private Optional<SignInMethod> take(JdbcClient transaction, UUID userId, String typed) {
        String digits = typed.replaceAll("\\s", "");
        if (CODE.matcher(digits).matches()) {
            return takeCode(transaction, userId, digits, true)
                    ? Optional.of(SignInMethod.PASSWORD_TOTP)
                    : Optional.empty();
        }
        String bare = RecoveryCodes.bare(typed);
        if (!RecoveryCodes.wellFormed(bare)) {
            return Optional.empty();
        }
        int used =
                transaction
                        .sql(
                                """
                                update recovery_codes set used_at = now()
                                where user_id = ? and code_hash = ? and used_at is null
                                """)
                        .params(userId, hash(userId, bare))
                        .update();
        return used == 1 ? Optional.of(SignInMethod.PASSWORD_RECOVERY) : Optional.empty();
    }

    private boolean takeCode(JdbcClient transaction, UUID userId, String code, boolean confirmed) {
        Optional<Row> row = find(transaction, userId).filter(each -> each.confirmed() == confirmed);
        if (row.isEmpty()) {
            return false;
        }
        OptionalLong step =
                Totp.match(
                        secrets.open(userId, row.get().secret().bytes()),
                        code,
                        clock.instant(),
                        row.get().lastStep());
        return step.isPresent()
                && transaction
                                .sql(
                                        "update totp_secrets set last_step = :step where user_id ="
                                                + " :user and last_step < :step")
                                .param("step", step.getAsLong())
                                .param("user", userId)
                                .update()
                        == 1;
    }

    private static Optional<Row> find(JdbcClient transaction, UUID userId) {
        return transaction
                .sql(
                        "select secret, confirmed_at is not null, last_step from totp_secrets"
                                + " where user_id = ?")
                .param(userId)
                .query((row, _) ->
                        new Row(new Sealed(row.getBytes(1)), row.getBoolean(2), row.getLong(3)))
                .optional();
    }

    // ------------------------------------------------------------ in one's account

    public Status status(Caller caller) {
        UUID person = Accounts.person(caller);
        return people.in(
                person,
                transaction ->
                        new Status(
                                transaction
                                        .sql(
                                                "select confirmed_at from totp_secrets where"
                                                        + " user_id = ? and confirmed_at is not"
                                                        + " null")
                                        .param(person)
                                        .query(OffsetDateTime.class)
                                        .optional()
                                        .map(OffsetDateTime::toInstant)
                                        .orElse(null),
                                transaction
                                        .sql(
                                                "select count(*) from recovery_codes where user_id"
                                                        + " = ? and used_at is null")
                                        .param(person)
                                        .query(Integer.class)
                                        .single()));
    }

    /**
     * Draws a secret that counts once it is confirmed; an earlier one that was not is forgotten.
     *
     * @throws WebException INVALID_REQUEST when there is a confirmed one: it is removed first
     */
    public Setup begin(Caller caller, String account) {
        UUID person = Accounts.person(caller);
        byte[] secret = new byte[Totp.SECRET_BYTES];
        random.nextBytes(secret);
        int made =
                people.in(
                        person,
                        transaction ->
                                transaction
                                        .sql(
                                                """
                                                insert into totp_secrets (user_id, secret)
                                                values (?, ?)
                                                on conflict (user_id) do update
                                                set secret = excluded.secret, created_at = now(),
                                                    last_step = -1
                                                where totp_secrets.confirmed_at is null
                                                """)
                                        .params(person, secrets.seal(person, secret))
                                        .update());
        if (made == 0) {
            throw WebException.invalid(
                    "second_factor", "there is one (expected: it is removed before another)");
        }
        return new Setup(Totp.base32(secret), Totp.uri(secret, ISSUER, account));
    }

    /**
     * Makes the secret count, by a code from it.
     *
     * @return the recovery codes: they are not stored and can not be shown again
     * @throws WebException INVALID_REQUEST when the code is wrong, RATE_LIMITED when it was too
     *     often
     */
    public List<String> confirm(Caller caller, String requestId, String code) {
        UUID person = Accounts.person(caller);
        return audit.run(
                change(caller, requestId, "second-factor.add"),
                () -> {
                    var attempt = throttle.own(person.toString());
                    List<String> codes =
                            people.in(
                                    person,
                                    transaction -> {
                                        if (!takeCode(
                                                transaction,
                                                person,
                                                code.replaceAll("\\s", ""),
                                                false)) {
                                            throw wrong();
                                        }
                                        transaction
                                                .sql(
                                                        "update totp_secrets set confirmed_at ="
                                                                + " now() where user_id = ?")
                                                .param(person)
                                                .update();
                                        tell(transaction, person);
                                        return drawCodes(transaction, person);
                                    });
                    throttle.succeeded(attempt);
                    return codes;
                });
    }

    /**
     * Draws new recovery codes; the old ones are good no more.
     *
     * @param code of the app, or a recovery code
     * @throws WebException INVALID_REQUEST, RATE_LIMITED
     */
    public List<String> renewCodes(Caller caller, String requestId, String code) {
        UUID person = Accounts.person(caller);
        return audit.run(
                change(caller, requestId, "second-factor.renew-codes"),
                () -> proved(person, code, transaction -> drawCodes(transaction, person)));
    }

    /**
     * Asks for no code any more.
     *
     * @param code of the app, or a recovery code
     * @throws WebException INVALID_REQUEST, RATE_LIMITED
     */
    public void remove(Caller caller, String requestId, String code) {
        UUID person = Accounts.person(caller);
        audit.run(
                change(caller, requestId, "second-factor.remove"),
                () ->
                        proved(
                                person,
                                code,
                                transaction -> {
                                    tell(transaction, person);
                                    return forget(transaction, person);
                                }));
    }

    /**
     * Forgets all of a person's second factor, for who lost it with its recovery codes.
     *
     * @param transaction bound to the person
     */
    static int forget(JdbcClient transaction, UUID person) {
        transaction.sql("delete from recovery_codes where user_id = ?").param(person).update();
        return transaction.sql("delete from totp_secrets where user_id = ?").param(person).update();
    }

    /** His rights hang on it where a tenant asks for a second factor. */
    private void tell(JdbcClient transaction, UUID person) {
        signals.send(transaction, Rights.PERSON, person.toString());
    }

    private <T> T proved(
            UUID person, String code, java.util.function.Function<JdbcClient, T> work) {
        var attempt = throttle.own(person.toString());
        T result =
                people.in(
                        person,
                        transaction -> {
                            if (take(transaction, person, code).isEmpty()) {
                                throw wrong();
                            }
                            return work.apply(transaction);
                        });
        throttle.succeeded(attempt);
        return result;
    }

    private List<String> drawCodes(JdbcClient transaction, UUID person) {
        transaction.sql("delete from recovery_codes where user_id = ?").param(person).update();
        List<String> codes = RecoveryCodes.draw();
        for (String code : codes) {
            transaction
                    .sql("insert into recovery_codes (user_id, code_hash) values (?, ?)")
                    .params(person, hash(person, RecoveryCodes.bare(code)))
                    .update();
        }
        return codes;
    }

    private byte[] hash(UUID person, String bare) {
        return secrets.hash("recovery", person + "\n" + bare);
    }

    private static WebException wrong() {
        return WebException.invalid("code", "wrong, or used before (expected: the newest code)");
    }

    private static AuditedChanges.Change change(Caller caller, String requestId, String action) {
        return new AuditedChanges.Change(
                caller, requestId, action, "user", caller.id(), "POST", "/account", Map.of());
    }
}
