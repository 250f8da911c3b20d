package assay.audit.search;

import assay.audit.AuditRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Made-up records, and which of them a query finds, told without any database. */
final class Records {
    static final UUID ONE = UUID.fromString("11111111-1111-4111-8111-111111111111");
    static final UUID TWO = UUID.fromString("22222222-2222-4222-8222-222222222222");
    static final List<UUID> TENANTS = List.of(ONE, TWO, AuditRow.PLATFORM);
    static final Instant END = Instant.parse("2026-03-10T12:00:00Z");

    static final List<String> ACTIONS =
            List.of(
                    "inference.generate",
                    "tenant.create",
                    "tenant.change",
                    "sign-in",
                    "node.drain");
    static final List<String> ACTORS = List.of("alice", "bob", "c_1%", "Dörte");
    static final List<String> MODELS = List.of("", "assay-reference", "other");
    static final List<String> RESULTS = List.of("success", "failure", "denied");
    static final List<String> SOURCES =
            List.of("", "10.0.0.1", "10.0.1.9", "192.0.2.7", "2001:db8::1");

    private Records() {}

    /** Over some days before {@link #END}, several at the same time. */
    static List<AuditRow> some(RandomGenerator random, int count) {
        List<AuditRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long back = random.nextInt(4) == 0 ? random.nextLong(600) : random.nextLong(260_000);
            rows.add(row(random, END.minusSeconds(back + 1).plusMillis(random.nextInt(3))));
        }
        return rows;
    }

    private static AuditRow row(RandomGenerator random, Instant at) {
        String actor = pick(random, ACTORS);
        String model = pick(random, MODELS);
        String source = pick(random, SOURCES);
        return new AuditRow(
                new UUID(random.nextLong(), random.nextLong()),
                at,
                pick(random, TENANTS),
                "{\"kind\":\"user\",\"id\":\"id-%s\",\"name\":\"%s\",\"role\":\"admin\"}"
                        .formatted(actor, actor),
                source.isEmpty() ? null : source,
                random.nextBoolean() ? "Mozilla/5.0 (X11; Linux)" : null,
                pick(random, ACTIONS),
                "{\"type\":\"%s\",\"id\":\"o-%d\"%s}"
                        .formatted(
                                random.nextBoolean() ? "tenant" : "model",
                                random.nextInt(9),
                                model.isEmpty() ? "" : ",\"model\":\"" + model + "\""),
                "{\"method\":\"POST\",\"path\":\"/api/v1/things\"}",
                "{\"result\":\"%s\",\"status\":200%s}"
                        .formatted(
                                pick(random, RESULTS),
                                random.nextInt(5) == 0 ? ",\"reason\":\"QUOTA_EXCEEDED\"" : ""),
                random.nextLong(1_000_000_000),
                "{\"request\":\"r-%d\"}".formatted(random.nextInt(40)),
                "{\"tokens\":12.50}");
    }

    static <T> T pick(RandomGenerator random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** A query that finds some, none or all. */
    static AuditQuery query(RandomGenerator random) {
        Instant to = END.minusSeconds(random.nextInt(3) == 0 ? random.nextLong(100_000) : 0);
        long[] spans = {40, 3_000, 30_000, 100_000, 259_000, 9_000_000};
        long span = spans[random.nextInt(spans.length)];
        return new AuditQuery(
                random.nextInt(4) == 0
                        ? new AuditScope.Everybody()
                        : new AuditScope.Tenant(pick(random, TENANTS)),
                to.minusSeconds(span),
                to,
                seldom(random, List.of("alice", "id-bob", "c_1%", "Dörte", "nobody")),
                seldom(random, List.of("tenant.*", "sign-in", "inference.generate", "no*")),
                seldom(random, List.of("tenant", "model")),
                seldom(random, List.of("o-1", "o-2", "o-99")),
                seldom(random, List.of("other", "assay-reference")),
                seldom(random, RESULTS),
                seldom(random, List.of("10.0.0.0/16", "10.0.0.1", "2001:db8::/32", "0.0.0.0/0")),
                seldom(random, List.of("r-1", "r-2", "r-99")),
                seldom(random, List.of("quota", "LINUX", "_1%", "o-3", "Tenant.C", "xyz")));
    }

    private static @Nullable String seldom(RandomGenerator random, List<String> from) {
        return random.nextInt(5) == 0 ? pick(random, from) : null;
    }

    /** Whether the query finds the record: as plainly as it can be said. */
    static boolean matches(AuditQuery query, AuditRow row) {
        JsonNode actor = json(row.actor());
        JsonNode object = json(row.object());
        JsonNode outcome = json(row.outcome());
        return (query.scope() instanceof AuditScope.Everybody
                        || query.scope().toString().equals(row.tenant().toString()))
                && !row.at().isBefore(query.from())
                && row.at().isBefore(query.to())
                && (query.actor() == null
                        || query.actor().equals(text(actor, "id"))
                        || query.actor().equals(text(actor, "name")))
                && action(query, row.action())
                && same(query.objectType(), text(object, "type"))
                && same(query.objectId(), text(object, "id"))
                && same(query.model(), text(object, "model"))
                && same(query.outcome(), text(outcome, "result"))
                && within(query.source(), row.sourceIp())
                && same(query.request(), text(json(row.correlation()), "request"))
                && (query.text() == null
                        || contains(query.text(), row.action())
                        || contains(query.text(), text(actor, "name"))
                        || contains(query.text(), text(object, "type"))
                        || contains(query.text(), text(object, "id"))
                        || contains(query.text(), text(object, "model"))
                        || contains(query.text(), text(json(row.request()), "path"))
                        || contains(query.text(), text(outcome, "reason"))
                        || contains(query.text(), row.userAgent()));
    }

    private static boolean action(AuditQuery query, String action) {
        String prefix = query.actionPrefix();
        return prefix != null ? action.startsWith(prefix) : same(query.action(), action);
    }

    private static boolean same(@Nullable String wanted, @Nullable String is) {
        return wanted == null || wanted.equals(is);
    }

    private static boolean contains(String wanted, @Nullable String in) {
        return in != null && in.toLowerCase(Locale.ROOT).contains(wanted.toLowerCase(Locale.ROOT));
    }

    private static boolean within(@Nullable String network, @Nullable String address) {
        if (network == null) {
            return true;
        }
        if (address == null) {
            return false;
        }
        AddressRange wanted = AddressRange.parse(network);
        AddressRange is = AddressRange.parse(address);
        return wanted.address().getAddress().length == is.address().getAddress().length
                && AddressRange.parse(address + "/" + wanted.bits()).equals(wanted);
    }

    private static @Nullable String text(JsonNode object, String name) {
        return object.has(name) ? object.get(name).asString() : null;
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
