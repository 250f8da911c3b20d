package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.identity.Caller;
import assay.web.tenancy.TenantTransactions;
import assay.web.verify.Verification.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Verifications in the database, seen by their tenant alone. Thread-safe. */
final class VerificationStore {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String COLUMNS =
            """
            select v.id, v.tenant_id, v.owner_kind, v.owner_id, v.scenario, v.state, v.input,
                   v.verdict, v.result, v.model, v.model_version, v.created_at, v.finished_at,
                   (select coalesce(jsonb_agg(s.step order by s.step_index), '[]')
                      from verification_steps s where s.verification_id = v.id) as steps
              from verifications v
            """;

    private final TenantTransactions transactions;
    private final String gateway;
    private final Duration patience;

    /**
     * @param gateway this one's name, that of its certificate
     * @param patience with a database that is gone, of what a running one writes
     */
    VerificationStore(TenantTransactions transactions, String gateway, Duration patience) {
        this.transactions = transactions;
        this.gateway = gateway;
        this.patience = patience;
    }

    /** A new one, without steps. */
    void insert(StoredVerification stored) {
        var owner = stored.owner();
        var v = stored.verification();
        transactions.in(
                owner.tenantId(),
                jdbc ->
                        jdbc.sql(
                                        """
                                        insert into verifications
                                            (id, tenant_id, owner_kind, owner_id, scenario, state, input, created_at,
                                             gateway)
                                        values (:id, :tenant, :kind, :owner, :scenario, :state,
                                                cast(:input as jsonb), :created, :gateway)
                                        """)
                                .param("id", v.id())
                                .param("tenant", owner.tenantId())
                                .param("kind", id(owner.kind()))
                                .param("owner", owner.id())
                                .param("scenario", v.scenario())
                                .param("state", id(v.state()))
                                .param("input", input(stored).toString())
                                .param("created", Timestamp.from(v.createdAt()))
                                .param("gateway", gateway)
                                .update());
    }

    /** One step more. */
    void addStep(UUID tenantId, UUID id, int index, Step step) {
        transactions.inPatiently(
                tenantId, patience, jdbc -> insertStep(jdbc, tenantId, id, index, step));
    }

    /**
     * The end: the row, its last step when there is one, and what else belongs in the same
     * transaction.
     */
    void finish(StoredVerification ended, @Nullable Step lastStep, Consumer<JdbcClient> also) {
        UUID tenantId = ended.owner().tenantId();
        var v = ended.verification();
        transactions.inPatiently(
                tenantId,
                patience,
                jdbc -> {
                    if (lastStep != null) {
                        insertStep(jdbc, tenantId, v.id(), v.steps().size() - 1, lastStep);
                    }
                    int changed =
                            jdbc.sql(
                                            """
                                            update verifications
                                               set state = :state, verdict = :verdict,
                                                   result = cast(:result as jsonb), model = :model,
                                                   model_version = :version, finished_at = :finished
                                             where id = :id and state = 'running'
                                            """)
                                    .param("state", id(v.state()))
                                    .param("verdict", v.verdict() == null ? null : v.verdict().id())
                                    .param("result", result(ended).toString())
                                    .param("model", v.model())
                                    .param("version", v.modelVersion())
                                    .param(
                                            "finished",
                                            v.finishedAt() == null
                                                    ? null
                                                    : Timestamp.from(v.finishedAt()))
                                    .param("id", v.id())
                                    .update();
                    if (changed == 1) { // not when an earlier try was committed after all
                        also.accept(jdbc);
                    }
                    return v.id();
                });
    }

    Optional<StoredVerification> find(UUID tenantId, UUID id) {
        return transactions.in(
                tenantId,
                jdbc ->
                        jdbc.sql(COLUMNS + " where v.id = :id")
                                .param("id", id)
                                .query((rows, index) -> read(rows))
                                .optional());
    }

    /** The owner's, newest first. */
    List<StoredVerification> recent(Caller owner, int limit) {
        return transactions.in(
                owner.tenantId(),
                jdbc ->
                        jdbc.sql(
                                        COLUMNS
                                                + """
                                                 where v.owner_kind = :kind and v.owner_id = :owner
                                                 order by v.created_at desc, v.id limit :limit
                                                """)
                                .param("kind", id(owner.kind()))
                                .param("owner", owner.id())
                                .param("limit", limit)
                                .query((rows, index) -> read(rows))
                                .list());
    }

    /**
     * Says that this gateway lives.
     *
     * @param lease after so long without a word others take it for gone
     */
    void live(Duration lease) {
        transactions.onPlatform(jdbc ->
                jdbc.sql(
                                """
                                insert into gateways (name, alive_until)
                                values (:name, now() + cast(:lease as interval))
                                on conflict (name) do update set alive_until = excluded.alive_until
                                """)
                        .param("name", gateway)
                        .param("lease", lease.toString())
                        .update());
    }

    /** Says that it is going: what it left is ended by who comes by first. */
    void leave() {
        transactions.onPlatform(jdbc ->
                jdbc.sql("update gateways set alive_until = now() where name = ?")
                        .param(gateway)
                        .update());
    }

    /** Other gateways that said nothing for longer than their lease. */
    List<String> gone() {
        return transactions.onPlatform(jdbc ->
                jdbc.sql("select name from gateways where alive_until <= now() and name <> ?")
                        .param(gateway)
                        .query(String.class)
                        .list());
    }

    /** Forgets one that is still gone; to be called when nothing of it runs any more. */
    void forget(String gone) {
        transactions.onPlatform(jdbc ->
                jdbc.sql("delete from gateways where name = ? and alive_until <= now()")
                        .param(gone)
                        .update());
    }

    /**
     * What stands as running and nobody runs: by a gateway of that name, that is gone or not known,
     * or by no gateway at all. At the start the name is this one's own: nothing of it can run yet.
     */
    List<StoredVerification> leftBy(String name) {
        List<UUID> tenants =
                transactions.onPlatform(jdbc ->
                        jdbc.sql("select id from tenants where state <> 'deleted'")
                                .query(UUID.class)
                                .list());
        return tenants.stream()
                .flatMap(tenant -> transactions.in(tenant, jdbc -> leftBy(jdbc, name)).stream())
                .toList();
    }

    private static List<StoredVerification> leftBy(JdbcClient jdbc, String name) {
        return jdbc.sql(
                        COLUMNS
                                + """
                                 where v.state = 'running' and (v.gateway is null or v.gateway = ?
                                     or not exists (select from gateways g
                                         where g.name = v.gateway and g.alive_until > now()))
                                """)
                .param(name)
                .query((rows, index) -> read(rows))
                .list();
    }

    String gateway() {
        return gateway;
    }

    private static int insertStep(JdbcClient jdbc, UUID tenantId, UUID id, int index, Step step) {
        return jdbc.sql(
                        """
                        insert into verification_steps
                            (verification_id, tenant_id, step_index, at, step)
                        values (:id, :tenant, :index, :at, cast(:step as jsonb))
                        on conflict do nothing
                        """)
                .param("id", id)
                .param("tenant", tenantId)
                .param("index", index)
                .param("at", Timestamp.from(step.at()))
                .param("step", StepJson.write(step).toString())
                .update();
    }

    private static ObjectNode input(StoredVerification stored) {
        var v = stored.verification();
        var owner = stored.owner();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("system", v.system()).put("statement", v.statement());
        node.put("preamble", v.preamble()).put("samples", v.samples());
        node.put("request_id", stored.requestId());
        // Kept so that even a run whose server was killed is audited under its caller's name.
        node.putObject("actor")
                .put("name", owner.name())
                .put("role", owner.role())
                .put("source_ip", owner.sourceIp())
                .put("user_agent", owner.userAgent());
        return node;
    }

    private static ObjectNode result(StoredVerification ended) {
        var v = ended.verification();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("proof", v.proof()).put("counterexample", v.counterexample());
        node.put("source", v.source()).put("reason", v.reason());
        if (v.cause() != null) {
            node.set("cause", StoredCause.write(v.cause()));
        }
        var failure = ended.failure();
        if (failure != null) {
            var retryAfter = failure.retryAfter();
            node.putObject("failure")
                    .put("code", failure.code().name())
                    .put("retry_after_ms", retryAfter == null ? null : retryAfter.toMillis());
        }
        return node;
    }

    private static StoredVerification read(ResultSet row) throws SQLException {
        JsonNode input = JSON.readTree(row.getString("input"));
        String resultText = row.getString("result");
        JsonNode result = resultText == null ? null : JSON.readTree(resultText);
        String verdict = row.getString("verdict");
        var verification =
                new Verification(
                        row.getObject("id", UUID.class),
                        State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                        row.getString("scenario"),
                        input.path("system").asString(),
                        input.path("statement").asString(),
                        input.path("preamble").asString(),
                        input.path("samples").asInt(),
                        verdict == null ? null : Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)),
                        text(result, "proof"),
                        text(result, "counterexample"),
                        text(result, "source"),
                        text(result, "reason"),
                        StoredCause.read(result == null ? null : result.get("cause")),
                        JSON.readTree(row.getString("steps"))
                                .valueStream()
                                .map(StepJson::read)
                                .toList(),
                        row.getString("model"),
                        row.getString("model_version"),
                        row.getTimestamp("created_at").toInstant(),
                        instant(row.getTimestamp("finished_at")));
        return new StoredVerification(
                owner(row, input.path("actor")),
                input.path("request_id").asString(),
                verification,
                failure(result));
    }

    /** Enough of the owner to know him again: his rights are not kept. */
    private static Caller owner(ResultSet row, JsonNode actor) throws SQLException {
        return new Caller(
                row.getObject("tenant_id", UUID.class),
                Caller.Kind.valueOf(row.getString("owner_kind").toUpperCase(Locale.ROOT)),
                row.getString("owner_id"),
                actor.path("name").asString(),
                actor.path("role").asString(),
                Set.of(),
                text(actor, "source_ip"),
                text(actor, "user_agent"));
    }

    private static @Nullable Failure failure(@Nullable JsonNode result) {
        JsonNode node = result == null ? null : result.get("failure");
        if (result == null || node == null) {
            return null;
        }
        JsonNode retryAfter = node.path("retry_after_ms");
        return new Failure(
                ErrorCode.valueOf(node.path("code").asString()),
                result.path("reason").asString(),
                retryAfter.isNumber() ? Duration.ofMillis(retryAfter.asLong()) : null);
    }

    private static @Nullable String text(@Nullable JsonNode node, String field) {
        JsonNode value = node == null ? null : node.get(field);
        return value == null || value.isNull() ? null : value.asString();
    }

    private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
        return timestamp == null ? null : timestamp.toInstant();
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
