package assay.web.console;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.audit.policy.TenantPolicies;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import assay.web.trail.AuditExport;
import assay.web.trail.AuditExports;
import assay.web.trail.AuditProof;
import assay.web.trail.AuditTrail;
import assay.web.trail.SavedSearches;
import assay.web.trail.TrailProof;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An audit trail in memory, with all that belongs to it. Thread-safe. */
final class FakeTrail implements AuditTrail, AuditExports, TrailProof, TenantPolicies {
    private static final Path NOWHERE = Path.of("nowhere");

    final List<AuditFound> records = new ArrayList<>();
    final List<String> searched = new ArrayList<>();
    private final List<AuditExport> exports = new ArrayList<>();
    private final List<SavedSearches.Entry> searches = new ArrayList<>();
    private AuditProof.@Nullable Check check;
    private AuditPolicy policy = new AuditPolicy(180, AuditPolicy.Content.DIGEST, 1);

    /** As many, over the last day. */
    synchronized void fill(UUID tenant, int count) {
        var random = new Random(5);
        String[] actions = {"inference.generate", "tenant.change", "key.create", "sign-in"};
        String[] people = {"alice", "bob", "carol"};
        String[] results = {"success", "success", "success", "failure", "denied"};
        for (int i = 0; i < count; i++) {
            String name = people[random.nextInt(people.length)];
            add(
                    new AuditRow(
                            new UUID(7, i),
                            Instant.now().minusSeconds(60 + random.nextLong(86_000)),
                            tenant,
                            "{\"kind\":\"user\",\"id\":\"id-%s\",\"name\":\"%s\",\"role\":\"admin\"}"
                                    .formatted(name, name),
                            "192.0.2." + random.nextInt(9),
                            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                            actions[random.nextInt(actions.length)],
                            "{\"type\":\"model\",\"id\":\"object-%d\",\"model\":\"assay-reference\"}"
                                    .formatted(i % 20),
                            "{\"method\":\"POST\",\"path\":\"/api/v1/generate\"}",
                            "{\"result\":\"%s\",\"status\":200}"
                                    .formatted(results[random.nextInt(results.length)]),
                            random.nextLong(900_000_000),
                            "{\"request\":\"request-%d\"}".formatted(i),
                            "{\"prompt_tokens\":12,\"completion_tokens\":340}"),
                    i + 1);
        }
    }

    synchronized void add(AuditRow row, int sequence) {
        records.add(new AuditFound(row, new AuditLink(sequence, "ab".repeat(32), "cd".repeat(32))));
        records.sort(Comparator.comparing((AuditFound each) -> each.row().at()).reversed());
    }

    synchronized void check(AuditProof.@Nullable Check now) {
        check = now;
    }

    @Override
    public AuditScope scope(Caller caller, @Nullable String tenant) {
        if (tenant == null || tenant.isBlank()) {
            return new AuditScope.Tenant(caller.tenantId());
        }
        return tenant.equals("platform") ? AuditScope.PLATFORM : AuditScope.parse(tenant);
    }

    @Override
    public boolean everywhere(Caller caller) {
        return true;
    }

    private List<AuditFound> found(AuditQuery query) {
        return records.stream()
                .filter(each -> {
                    AuditRow row = each.row();
                    return !row.at().isBefore(query.from())
                            && row.at().isBefore(query.to())
                            && (query.actor() == null || row.actor().contains(query.actor()))
                            && (query.action() == null
                                    || row.action().startsWith(query.action().replace("*", "")))
                            && (query.outcome() == null || row.outcome().contains(query.outcome()))
                            && (query.text() == null || row.toString().contains(query.text()));
                })
                .toList();
    }

    @Override
    public synchronized AuditPage page(
            AdminCall call, AuditQuery query, @Nullable AuditCursor after, int limit) {
        searched.add(AuditQuery.link(query.filters()));
        List<AuditFound> found =
                found(query).stream()
                        .filter(each -> after == null || each.row().at().isBefore(after.at()))
                        .limit(limit)
                        .toList();
        AuditRow last = found.isEmpty() ? null : found.getLast().row();
        return new AuditPage(
                found,
                last == null || found.size() < limit
                        ? null
                        : new AuditCursor(last.at(), last.id()));
    }

    @Override
    public AuditPage tail(AdminCall call, AuditQuery query, int limit, boolean first) {
        return page(call, query, null, limit);
    }

    @Override
    public synchronized AuditHistogram histogram(AdminCall call, AuditQuery query, boolean alone) {
        Duration width = Duration.between(query.from(), query.to()).dividedBy(48);
        List<AuditHistogram.Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            Instant from = query.from().plus(width.multipliedBy(i));
            var results = new TreeMap<String, Long>();
            for (AuditFound each : found(query.within(from, from.plus(width)))) {
                results.merge(
                        each.row().outcome().replaceAll(".*\"result\":\"([a-z]+)\".*", "$1"),
                        1L,
                        Long::sum);
            }
            buckets.add(new AuditHistogram.Bucket(from, results));
        }
        return new AuditHistogram(width, buckets);
    }

    @Override
    public List<String> actions(Caller caller, AuditScope scope, String prefix) {
        return List.of("inference.generate", "key.create", "sign-in", "tenant.change");
    }

    @Override
    public synchronized AuditFound find(AdminCall call, AuditScope scope, UUID id) {
        return records.stream()
                .filter(each -> each.row().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such audit record"));
    }

    @Override
    public synchronized AuditExport create(
            AdminCall call, AuditQuery query, AuditExport.Format format) {
        if (exports.size() >= MOST_OPEN) {
            throw new WebException(ErrorCode.JOB_STATE, "3 exports are under way");
        }
        Instant now = Instant.parse("2026-11-23T06:00:00Z");
        var states =
                List.of(
                        AuditExport.State.RUNNING,
                        AuditExport.State.DONE,
                        AuditExport.State.FAILED);
        exports.add(
                new AuditExport(
                        UUID.randomUUID(),
                        format,
                        query.scope().toString(),
                        AuditQuery.link(query.parameters()),
                        states.get(exports.size()),
                        4200,
                        10_000L,
                        2_300_000,
                        null,
                        null,
                        now,
                        now.plus(Duration.ofDays(1))));
        return exports.getLast();
    }

    @Override
    public List<AuditExport> list(Caller caller) {
        return List.copyOf(exports);
    }

    @Override
    public AuditExport find(Caller caller, UUID id) {
        return exports.stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such export"));
    }

    @Override
    public void remove(AdminCall call, UUID id) {
        exports.remove(find(call.caller(), id));
    }

    @Override
    public Path file(AdminCall call, UUID id) {
        return NOWHERE;
    }

    /** Kept searches, whose methods are named as those of exports are. */
    SavedSearches searches() {
        return new SavedSearches() {
            @Override
            public List<Entry> list(Caller caller) {
                return List.copyOf(searches);
            }

            @Override
            public Entry create(AdminCall call, String name, String query) {
                searches.add(new Entry(UUID.randomUUID(), name, query, 1));
                return searches.getLast();
            }

            @Override
            public Entry change(AdminCall call, UUID id, long seen, String name, String query) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void remove(AdminCall call, UUID id, long seen) {
                searches.removeIf(each -> each.id().equals(id));
            }
        };
    }

    @Override
    public boolean offered() {
        return true;
    }

    @Override
    public AuditProof.Check start(AdminCall call, AuditScope scope) {
        check =
                new AuditProof.Check(
                        AuditProof.Phase.RUNNING, 420, 1000, Instant.now(), null, null, null);
        return check;
    }

    @Override
    public Optional<AuditProof.Check> last(Caller caller, AuditScope scope) {
        return Optional.ofNullable(check);
    }

    @Override
    public AuditPolicy find(Caller caller) {
        return policy;
    }

    @Override
    public AuditPolicy change(
            Caller caller,
            String requestId,
            long seen,
            int retentionDays,
            AuditPolicy.Content content) {
        policy = new AuditPolicy(retentionDays, content, seen + 1);
        return policy;
    }
}
