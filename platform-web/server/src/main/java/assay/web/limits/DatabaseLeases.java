package assay.web.limits;

import assay.web.tenancy.TenantTransactions;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Leases in PostgreSQL, by the function {@code quota_exchange}. Thread-safe. */
final class DatabaseLeases implements LeaseStore {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String LEASED =
            String.join(
                    ",",
                    Arrays.stream(LimitKind.values())
                            .filter(LimitKind::leased)
                            .map(LimitKind::id)
                            .toList());

    private final TenantTransactions transactions;
    private final UUID gatewayId;
    private final Duration lease;
    private final @Nullable InstantSource clock;

    /**
     * @param gatewayId of this start of the gateway
     * @param clock null for the database's own
     */
    DatabaseLeases(
            TenantTransactions transactions,
            UUID gatewayId,
            Duration lease,
            @Nullable InstantSource clock) {
        this.transactions = transactions;
        this.gatewayId = gatewayId;
        this.lease = lease;
        this.clock = clock;
    }

    @Override
    public List<Quota> quotas(UUID tenantId) {
        return transactions.in(
                tenantId,
                jdbc ->
                        jdbc.sql(
                                        QuotaRows.SELECT
                                                + " where kind = any(string_to_array(?, ','))"
                                                + " order by id")
                                .param(LEASED)
                                .query(QuotaRows::quota)
                                .list());
    }

    @Override
    public List<Answer> exchange(UUID tenantId, boolean collect, List<Item> items) {
        String json = JSON.writeValueAsString(json(items));
        Instant now = clock == null ? null : clock.instant();
        return transactions.in(
                tenantId,
                jdbc ->
                        jdbc.sql(
                                        "select * from quota_exchange(?, ? * interval '1"
                                                + " millisecond', ?, ?::jsonb, ?::timestamptz)")
                                .param(gatewayId)
                                .param(lease.toMillis())
                                .param(collect)
                                .param(json)
                                .param(now == null ? null : now.atOffset(ZoneOffset.UTC))
                                .query(DatabaseLeases::answer)
                                .list());
    }

    private static ArrayNode json(List<Item> items) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Item item : items) {
            ObjectNode node = array.addObject();
            node.put("quota", item.quotaId().toString());
            node.put("need", item.need());
            node.put("ahead", item.ahead());
            ArrayNode reports = node.putArray("reports");
            for (Report report : item.reports()) {
                reports.addObject()
                        .put("slot", report.slot())
                        .put("held", report.held())
                        .put("idle", report.idle())
                        .put("secured", report.secured())
                        .put("base", report.base())
                        .put("done", report.done());
            }
        }
        return array;
    }

    private static Answer answer(ResultSet row, int number) throws SQLException {
        Array lost = row.getArray("o_lost");
        return new Answer(
                row.getObject("o_quota", UUID.class),
                row.getLong("o_amount"),
                row.getLong("o_slot"),
                row.getLong("o_granted"),
                row.getLong("o_secured"),
                row.getLong("o_admits"),
                row.getLong("o_counts"),
                row.getLong("o_remaining"),
                row.getLong("o_idle_elsewhere"),
                row.getLong("o_frees"),
                row.getBoolean("o_tight"),
                List.of((Long[]) lost.getArray()));
    }
}
