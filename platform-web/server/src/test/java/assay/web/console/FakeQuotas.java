package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.limits.LimitKind;
import assay.web.limits.Quota;
import assay.web.limits.QuotaBook;
import assay.web.limits.Subject;
import assay.web.limits.UsageReport;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Limits of one tenant in memory, and a month of usage. Confined to the test's thread. */
final class FakeQuotas implements QuotaBook, UsageReport {
    private final List<Standing> standings = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();

    /** Some limits: one with room, one nearly used up, one used up. */
    void fill(Caller caller) {
        add(caller, Subject.Kind.TENANT, "Research", LimitKind.TOKENS_PER_DAY, 1_000_000, 420_000);
        add(caller, Subject.Kind.USER, "alice", LimitKind.REQUESTS_PER_MINUTE, 60, 53);
        add(caller, Subject.Kind.KEY, "nightly", LimitKind.TOKENS_PER_MONTH, 5_000, 5_000);
        Standing near = standings.get(1);
        notices.add(
                new Notice(
                        near.quota(), near.name(), Instant.parse("2026-11-23T06:00:00Z"), 53, 60));
    }

    private void add(
            Caller caller,
            Subject.Kind kind,
            String name,
            LimitKind limit,
            long amount,
            long used) {
        standings.add(
                new Standing(
                        new Quota(
                                UUID.randomUUID(),
                                caller.tenantId(),
                                new Subject(kind, name),
                                limit,
                                amount,
                                80,
                                1),
                        name,
                        used));
    }

    @Override
    public List<Standing> list(Caller caller, @Nullable UUID asked) {
        return List.copyOf(standings);
    }

    @Override
    public Standing find(Caller caller, @Nullable UUID asked, UUID id) {
        return standings.stream()
                .filter(each -> each.quota().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such limit"));
    }

    @Override
    public List<Holder> holders(Caller caller) {
        return List.of(
                new Holder(new Subject(Subject.Kind.USER, "alice"), "alice"),
                new Holder(new Subject(Subject.Kind.MODEL, "assay-reference"), "assay-reference"));
    }

    @Override
    public List<Notice> notices(Caller caller, @Nullable UUID asked) {
        return List.copyOf(notices);
    }

    @Override
    public Standing create(Caller caller, String requestId, @Nullable UUID asked, Setting setting) {
        add(
                caller,
                setting.subject().kind(),
                setting.subject().id(),
                setting.kind(),
                setting.amount(),
                0);
        return standings.getLast();
    }

    @Override
    public Standing change(
            Caller caller,
            String requestId,
            @Nullable UUID asked,
            UUID id,
            long seen,
            long amount,
            int softPercent) {
        Standing old = find(caller, asked, id);
        Quota quota = old.quota();
        var changed =
                new Standing(
                        new Quota(
                                id,
                                quota.tenantId(),
                                quota.subject(),
                                quota.kind(),
                                amount,
                                softPercent,
                                seen + 1),
                        old.name(),
                        old.used());
        standings.set(standings.indexOf(old), changed);
        return changed;
    }

    @Override
    public void remove(Caller caller, String requestId, @Nullable UUID asked, UUID id, long seen) {
        standings.remove(find(caller, asked, id));
    }

    @Override
    public Optional<Long> bound(String tenant, LimitKind kind) {
        return Optional.empty();
    }

    @Override
    public List<Line> lines(
            Caller caller, @Nullable UUID asked, By by, LocalDate from, LocalDate to) {
        if (by == By.DAY) {
            List<Line> days = new ArrayList<>();
            for (LocalDate day = from; !day.isAfter(to); day = day.plusDays(1)) {
                long tokens = 10_000L * (1 + day.getDayOfMonth() % 7);
                days.add(new Line(day.toString(), day.toString(), 40, 2, tokens, tokens / 3));
            }
            return days;
        }
        return List.of(
                new Line("1", "alice", 900, 12, 640_000, 210_000),
                new Line("", "", 300, 0, 90_000, 31_000));
    }
}
