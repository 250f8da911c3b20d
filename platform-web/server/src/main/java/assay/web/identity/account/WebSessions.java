package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.audit.AuditedChanges;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.FreshCache;
import assay.web.tenancy.PersonTransactions;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import jakarta.servlet.http.HttpSession;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who is signed in where. The row in the database decides: one that was ended is refused with the
 * next request on every gateway, and its browser's session is closed, so that a page that only
 * listens gets nothing more either. Thread-safe.
 *
 * <p>A person sees his own sessions in all tenants; who manages the people of a tenant sees those
 * in which a member works in it.
 */
@Component
public class WebSessions {
    /** The kind of signal, with the session's id. */
    private static final String SIGNAL = "session";

    private static final Logger LOG = LoggerFactory.getLogger(WebSessions.class);
    private static final Duration KEPT = Duration.ofSeconds(30);
    private static final int REMEMBERED = 10_000;
    private static final int AGENT_CHARS = 500;

    /** Ended ones are kept so long, for who asks where he was signed in. */
    private static final Duration HISTORY = Duration.ofDays(90);

    private static final String COLUMNS =
            "id, user_id, tenant_id, method, host(source_ip) as source_ip, user_agent, created_at,"
                    + " last_seen_at, expires_at";

    /** Why a session ended. */
    enum End {
        SIGNED_OUT,
        REVOKED,
        PASSWORD,
        CLOSED
    }

    private record Live(UUID id, UUID userId) {}

    private final JdbcClient jdbc;
    private final PersonTransactions people;
    private final TenantTransactions tenants;
    private final Signals signals;
    private final DatabaseWatch watch;
    private final AuditedChanges audit;
    private final InstantSource clock;
    private final WebSettings.Sessions settings;
    private final FreshCache<UUID, Live> fresh;
    private final ConcurrentMap<UUID, HttpSession> open = new ConcurrentHashMap<>();

    WebSessions(
            JdbcClient jdbc,
            PersonTransactions people,
            TenantTransactions tenants,
            Signals signals,
            DatabaseWatch watch,
            AuditedChanges audit,
            InstantSource clock,
            WebSettings settings) {
        this.jdbc = jdbc;
        this.people = people;
        this.tenants = tenants;
        this.signals = signals;
        this.watch = watch;
        this.audit = audit;
        this.clock = clock;
        this.settings = settings.sessions();
        this.fresh =
                new FreshCache<UUID, Live>(signals, KEPT, REMEMBERED)
                        .forgetOn(SIGNAL, (live, id) -> live.id().toString().equals(id));
        signals.listen(SIGNAL, this::close);
    }

    // ------------------------------------------------------------ for the sign-in and each request

    /** Begins one in the browser's session. */
    UUID begin(
            UUID userId,
            UUID tenantId,
            SignInMethod method,
            @Nullable String address,
            @Nullable String userAgent,
            HttpSession browser) {
        UUID id = UUID.randomUUID();
        Instant now = clock.instant();
        Instant expires = now.plus(settings.longest());
        people.in(
                userId,
                transaction -> {
                    forgetOld(transaction, userId, now);
                    return transaction
                            .sql(
                                    """
                                    insert into web_sessions (id, user_id, tenant_id, method, source_ip,
                                        user_agent, created_at, last_seen_at, expires_at)
                                    values (:id, :user, :tenant, :method, cast(:ip as inet), :agent,
                                        :now, :now, :expires)
                                    """)
                            .param("id", id)
                            .param("user", userId)
                            .param("tenant", tenantId)
                            .param("method", method.id())
                            .param("ip", address)
                            .param("agent", cut(userAgent))
                            .param("now", at(now))
                            .param("expires", at(expires))
                            .update();
                });
        browser.setAttribute(
                BoundSession.ATTRIBUTE, new BoundSession(id, userId, now, expires, open));
        return id;
    }

    private static void forgetOld(JdbcClient transaction, UUID userId, Instant now) {
        transaction
                .sql("delete from web_sessions where user_id = ? and expires_at < ?")
                .params(userId, at(now.minus(HISTORY)))
                .update();
    }

    /**
     * Whether the browser's session may go on. While the database is gone it may: nobody can end
     * one then.
     *
     * @param active whether the person did something, and not his page alone
     */
    boolean live(BoundSession session, boolean active) {
        Instant now = clock.instant();
        if (session.over(now, settings.idle())) {
            return false;
        }
        try {
            if (!watch.away()) {
                boolean live =
                        fresh.get(session.id(), () -> read(session.id()))
                                .filter(found -> found.userId().equals(session.userId()))
                                .isPresent();
                if (!live) {
                    return false;
                }
            }
            if (active && session.active(now) && !watch.away()) {
                note(session, now);
            }
        } catch (WebException e) {
            LOG.debug("a session could not be looked up", e);
        } catch (RuntimeException e) {
            if (!watch.lost(e)) {
                throw e;
            }
        }
        return true;
    }

    private Optional<Live> read(UUID id) {
        return jdbc.sql("select user_id from find_web_session(?) where ended_at is null")
                .param(id)
                .query((row, _) -> new Live(id, row.getObject(1, UUID.class)))
                .optional();
    }

    private void note(BoundSession session, Instant now) {
        people.in(
                session.userId(),
                transaction ->
                        transaction
                                .sql("update web_sessions set last_seen_at = ? where id = ?")
                                .params(at(now), session.id())
                                .update());
    }

    /** Notes in which tenant the session's person works from now on. */
    public void moved(Caller caller, UUID tenantId) {
        UUID person = person(caller);
        CurrentSession.id()
                .ifPresent(session ->
                        people.in(
                                person,
                                transaction ->
                                        transaction
                                                .sql(
                                                        "update web_sessions set tenant_id = ?"
                                                                + " where id = ?")
                                                .params(tenantId, session)
                                                .update()));
    }

    /** Ends one that its own person leaves. */
    void end(BoundSession session, End reason) {
        people.in(
                session.userId(),
                transaction -> end(transaction, "id = ?", List.of(session.id()), reason));
    }

    /**
     * Ends all of a person's, but for one.
     *
     * @param transaction bound to the person
     */
    int endAll(JdbcClient transaction, UUID userId, @Nullable UUID but, End reason) {
        return but == null
                ? end(transaction, "user_id = ?", List.of(userId), reason)
                : end(transaction, "user_id = ? and id <> ?", List.of(userId, but), reason);
    }

    private int end(JdbcClient transaction, String which, List<Object> parameters, End reason) {
        List<UUID> ended =
                transaction
                        .sql(
                                "update web_sessions set ended_at = now(), end_reason = '"
                                        + reason.name().toLowerCase(Locale.ROOT)
                                        + "' where ended_at is null and "
                                        + which
                                        + " returning id")
                        .params(parameters)
                        .query((row, _) -> row.getObject(1, UUID.class))
                        .list();
        ended.forEach(id -> signals.send(transaction, SIGNAL, id.toString()));
        return ended.size();
    }

    /** Closes the browser's session here, if it is here and its row was ended. */
    private void close(String id) {
        if (id.equals(Signals.ANYTHING)) {
            return; // each is looked at with its next request
        }
        HttpSession browser = open.get(UUID.fromString(id));
        if (browser != null) {
            Thread.ofVirtual()
                    .name("session-end")
                    .start(() -> {
                        try {
                            browser.invalidate();
                        } catch (IllegalStateException e) {
                            LOG.debug("the session {} was closed already", id);
                        }
                    });
        }
    }

    // ------------------------------------------------------------ one's own

    /** Those of the person that are open now, newest first. */
    public List<WebSession> own(Caller caller) {
        UUID person = person(caller);
        return people.in(person, transaction -> list(transaction, person));
    }

    /**
     * Ends one of the person's own.
     *
     * @throws WebException NOT_FOUND
     */
    public void endOwn(Caller caller, String requestId, UUID id) {
        UUID person = person(caller);
        audit.run(
                change(caller, requestId, "session.end", id.toString(), "DELETE", person),
                () ->
                        people.in(
                                person,
                                transaction ->
                                        some(
                                                end(
                                                        transaction,
                                                        "id = ?",
                                                        List.of(id),
                                                        End.REVOKED))));
    }

    /** Ends all of the person's own but the one that asks; how many. */
    public int endOthers(Caller caller, String requestId) {
        UUID person = person(caller);
        return audit.run(
                change(caller, requestId, "session.end-others", "*", "DELETE", person),
                () ->
                        people.in(
                                person,
                                transaction ->
                                        endAll(
                                                transaction,
                                                person,
                                                CurrentSession.id().orElse(null),
                                                End.REVOKED)));
    }

    // ------------------------------------------------------------ a member's

    /**
     * Those in which the member works in the caller's tenant. Needs {@code user:manage}.
     *
     * @throws WebException NOT_FOUND when he is no member
     */
    public List<WebSession> ofMember(Caller caller, UUID userId) {
        caller.require(Permission.USER_MANAGE);
        return tenants.in(
                caller.tenantId(),
                transaction -> {
                    checkMember(transaction, userId);
                    return list(transaction, userId);
                });
    }

    /**
     * Ends those, or one of them; how many. Needs {@code user:manage}.
     *
     * @param id null for all
     * @throws WebException NOT_FOUND
     */
    public int endOfMember(Caller caller, String requestId, UUID userId, @Nullable UUID id) {
        return audit.run(
                change(
                        caller,
                        requestId,
                        "session.end",
                        id == null ? "*" : id.toString(),
                        "DELETE",
                        userId),
                () -> {
                    caller.require(Permission.USER_MANAGE);
                    return tenants.in(
                            caller.tenantId(),
                            transaction -> {
                                checkMember(transaction, userId);
                                return id == null
                                        ? end(
                                                transaction,
                                                "user_id = ?",
                                                List.of(userId),
                                                End.REVOKED)
                                        : some(
                                                end(
                                                        transaction,
                                                        "user_id = ? and id = ?",
                                                        List.of(userId, id),
                                                        End.REVOKED));
                            });
                });
    }

    private static void checkMember(JdbcClient transaction, UUID userId) {
        boolean member =
                transaction
                        .sql("select exists (select from memberships where user_id = ?)")
                        .param(userId)
                        .query(Boolean.class)
                        .single();
        if (!member) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such member");
        }
    }

    private static int some(int ended) {
        if (ended == 0) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such session");
        }
        return ended;
    }

    private List<WebSession> list(JdbcClient transaction, UUID userId) {
        Instant now = clock.instant();
        UUID current = CurrentSession.id().orElse(null);
        return transaction
                .sql(
                        "select "
                                + COLUMNS
                                + " from web_sessions where user_id = :user and ended_at is null"
                                + " and expires_at > :now and last_seen_at > :idle"
                                + " order by created_at desc, id")
                .param("user", userId)
                .param("now", at(now))
                .param("idle", at(now.minus(settings.idle()).minus(Duration.ofMinutes(1))))
                .query((row, _) -> session(row, current))
                .list();
    }

    private static WebSession session(ResultSet row, @Nullable UUID current) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new WebSession(
                id,
                row.getObject("user_id", UUID.class),
                row.getObject("tenant_id", UUID.class),
                row.getString("method"),
                row.getString("source_ip"),
                row.getString("user_agent"),
                instant(row, "created_at"),
                instant(row, "last_seen_at"),
                instant(row, "expires_at"),
                id.equals(current));
    }

    private static AuditedChanges.Change change(
            Caller caller, String requestId, String action, String id, String method, UUID userId) {
        return new AuditedChanges.Change(
                caller,
                requestId,
                action,
                "session",
                id,
                method,
                "/api/v1/admin/users/" + userId + "/sessions",
                Map.of("user", userId.toString()));
    }

    private static UUID person(Caller caller) {
        return Accounts.person(caller);
    }

    private static @Nullable String cut(@Nullable String userAgent) {
        return userAgent == null || userAgent.length() <= AGENT_CHARS
                ? userAgent
                : userAgent.substring(0, AGENT_CHARS);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static OffsetDateTime at(Instant moment) {
        return moment.atOffset(ZoneOffset.UTC);
    }
}
