package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.tenancy.PersonTransactions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Slows down who guesses passwords and codes, for all gateways together. Thread-safe.
 *
 * <p>Goals: guessing is bounded, and nobody can keep another from signing in. Hard constraint: no
 * count is of an account alone, as long as the password was not known. The rule:
 *
 * <ul>
 *   <li>a browser that the account was signed in with before brings its mark, and is counted by
 *       that mark and nothing else: no stranger's failures reach it, not even from its own address;
 *   <li>any other is counted by account and address together, and by address over all accounts: who
 *       fails elsewhere has no part in either;
 *   <li>a second factor is asked for after the right password alone, so there all who brought the
 *       password are counted together, but for the browsers with a mark.
 * </ul>
 *
 * <p>Bound: {@link Slowdown#bound} of a day, which is 109 guesses at an account from one address,
 * and as the settings come 316 at all accounts from it. An attempt is counted as a failure before
 * it is looked at and taken back when it succeeds: so many at once are not more than one after the
 * other. Success takes back its own count of the address and no other: an account of one's own does
 * not wash an address clean.
 */
@Component
class SignInThrottle {
    static final Slowdown ACCOUNT =
            new Slowdown(5, Duration.ofSeconds(2), Duration.ofMinutes(15), Duration.ofDays(1));

    /** Rows that are forgotten go with the next failures, a few each time. */
    private static final int SWEPT = 20;

    /** An IPv6 subscriber has at least this much for himself. */
    private static final int IPV6_PREFIX_BYTES = 8;

    private static final int IPV6_BYTES = 16;

    private final PersonTransactions transactions;
    private final AccountSecrets secrets;
    private final InstantSource clock;
    private final Slowdown networks;

    SignInThrottle(
            PersonTransactions transactions,
            AccountSecrets secrets,
            InstantSource clock,
            WebSettings settings) {
        this.networks = ofNetwork(settings.limits().failuresPerMinute());
        this.transactions = transactions;
        this.secrets = secrets;
        this.clock = clock;
    }

    /**
     * How all guesses from one subscriber are slowed down, whichever account they are at.
     *
     * @param free failures without a wait
     */
    static Slowdown ofNetwork(int free) {
        return new Slowdown(free, Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofDays(1));
    }

    /** Whose failures are counted together, and how. */
    record Count(String key, Slowdown slowdown, boolean clearedBySuccess) {
        byte[] column() {
            return HexFormat.of().parseHex(key);
        }
    }

    /** What was counted; it is taken back by {@link #succeeded}. */
    record Attempt(List<Counted> counts) {
        Attempt {
            counts = List.copyOf(counts);
        }
    }

    record Counted(Count count, Instant blockedTo) {}

    private record Row(int failures, Instant lastAt, Instant blockedTo) {}

    /**
     * Counts an attempt at a password.
     *
     * @param device the browser's mark, if it brought one that is good for this account
     * @throws WebException RATE_LIMITED with the time to wait; then nothing was counted
     */
    Attempt password(String username, String address, @Nullable String device) {
        String account = username.toLowerCase(Locale.ROOT);
        if (device != null) {
            return begin(List.of(new Count(key("device", account, device), ACCOUNT, true)));
        }
        String network = network(address);
        return begin(
                List.of(
                        new Count(key("account", account, network), ACCOUNT, true),
                        new Count(key("address", network), networks, false)));
    }

    /**
     * Counts an attempt at a second factor, by who brought the right password.
     *
     * @throws WebException RATE_LIMITED
     */
    Attempt secondFactor(String account, @Nullable String device) {
        return begin(
                List.of(
                        new Count(
                                device == null
                                        ? key("factor", account)
                                        : key("factor", account, device),
                                ACCOUNT,
                                true)));
    }

    /**
     * Counts somebody's attempt at his own password within his session.
     *
     * @throws WebException RATE_LIMITED
     */
    Attempt own(String account) {
        return begin(List.of(new Count(key("own", account), ACCOUNT, true)));
    }

    /**
     * Counts an attempt at something that belongs to no account, as a link's token.
     *
     * @throws WebException RATE_LIMITED
     */
    Attempt stranger(String address) {
        return begin(List.of(new Count(key("address", network(address)), networks, false)));
    }

    private Attempt begin(List<Count> counts) {
        // As exact as the database keeps it.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        // In one order, so that two attempts never wait for each other.
        List<Count> ordered = new ArrayList<>(counts);
        ordered.sort(Comparator.comparing(Count::key));
        return transactions.ofNobody(transaction -> begin(transaction, ordered, now));
    }

    private static Attempt begin(JdbcClient transaction, List<Count> counts, Instant now) {
        List<Row> rows = new ArrayList<>();
        Optional<Duration> wait = Optional.empty();
        for (Count count : counts) {
            Row row = lock(transaction, count, now);
            rows.add(row);
            Duration left = Duration.between(now, row.blockedTo());
            if (left.isPositive()
                    && wait.filter(longest -> longest.compareTo(left) >= 0).isEmpty()) {
                wait = Optional.of(left);
            }
        }
        if (wait.isPresent()) {
            throw new WebException(
                    ErrorCode.RATE_LIMITED,
                    "too many failed attempts (expected: another one in "
                            + wait.get().plusMillis(999).toSeconds()
                            + " s)",
                    Map.of(),
                    wait.get(),
                    null);
        }
        List<Counted> counted = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            counted.add(count(transaction, counts.get(i), rows.get(i), now));
        }
        sweep(transaction, now);
        return new Attempt(counted);
    }

    /** Makes or finds the row, and holds it until the transaction ends. */
    private static Row lock(JdbcClient transaction, Count count, Instant now) {
        Row row =
                transaction
                        .sql(
                                """
                                insert into sign_in_failures (key, last_at) values (:key, :now)
                                on conflict (key) do update set key = excluded.key
                                returning failures, last_at, greatest(blocked_to, 'epoch')
                                """)
                        .param("key", count.column())
                        .param("now", now.atOffset(ZoneOffset.UTC))
                        .query((found, _) ->
                                new Row(
                                        found.getInt(1),
                                        found.getObject(2, OffsetDateTime.class).toInstant(),
                                        found.getObject(3, OffsetDateTime.class).toInstant()))
                        .single();
        boolean forgotten = !row.lastAt().plus(count.slowdown().forgotten()).isAfter(now);
        return forgotten ? new Row(0, now, Instant.EPOCH) : row;
    }

    private static Counted count(JdbcClient transaction, Count count, Row row, Instant now) {
        int failures = row.failures() + 1;
        Instant blockedTo = now.plus(count.slowdown().wait(failures));
        transaction
                .sql(
                        "update sign_in_failures set failures = ?, last_at = ?, blocked_to = ?"
                                + " where key = ?")
                .params(
                        failures,
                        now.atOffset(ZoneOffset.UTC),
                        blockedTo.atOffset(ZoneOffset.UTC),
                        count.column())
                .update();
        return new Counted(count, blockedTo);
    }

    private static void sweep(JdbcClient transaction, Instant now) {
        transaction
                .sql(
                        """
                        delete from sign_in_failures where key in (
                            select key from sign_in_failures where last_at < :before
                            order by last_at limit :most for update skip locked)
                        """)
                .param(
                        "before",
                        now.minus(ACCOUNT.forgotten()).minusSeconds(1).atOffset(ZoneOffset.UTC))
                .param("most", SWEPT)
                .update();
    }

    /** It was no failure. */
    void succeeded(Attempt attempt) {
        transactions.ofNobody(transaction -> {
            for (Counted each : attempt.counts()) {
                if (each.count().clearedBySuccess()) {
                    transaction
                            .sql("delete from sign_in_failures where key = ?")
                            .param(each.count().column())
                            .update();
                } else {
                    transaction
                            .sql(
                                    """
                                    update sign_in_failures
                                    set failures = greatest(failures - 1, 0),
                                        blocked_to = case when blocked_to = :mine
                                            then '-infinity' else blocked_to end
                                    where key = :key
                                    """)
                            .param("mine", each.blockedTo().atOffset(ZoneOffset.UTC))
                            .param("key", each.count().column())
                            .update();
                }
            }
            return attempt;
        });
    }

    private String key(String kind, String... parts) {
        return HexFormat.of()
                .formatHex(secrets.hash("failures: " + kind, String.join("\n", parts)));
    }

    /** What stands for a subscriber: an IPv4 address, or the first half of an IPv6 one. */
    static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            // A literal with colons is never looked up in DNS.
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return bytes.length == IPV6_BYTES
                    ? HexFormat.of().formatHex(bytes, 0, IPV6_PREFIX_BYTES)
                    : HexFormat.of().formatHex(bytes);
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
