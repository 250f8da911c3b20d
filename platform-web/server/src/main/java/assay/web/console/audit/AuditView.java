package assay.web.console.audit;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.audit.policy.TenantPolicies;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.tenants.FormDialog;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenants.AdminCall;
import assay.web.trail.AuditExports;
import assay.web.trail.AuditTrail;
import assay.web.trail.SavedSearches;
import assay.web.trail.TrailProof;
import assay.web.trail.TrailRest;
import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Location;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.QueryParameters;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The audit trail: over time, filtered, record by record. What is asked stands in the address, so
 * that it can be sent to somebody. Needs {@code audit:read}; exports {@code audit:export}.
 */
@Route(value = "audit", layout = ConsoleFrame.class)
@Menu(title = "nav.audit", order = 30, icon = "RECORDS")
@PermitAll
public class AuditView extends ConsoleView implements BeforeEnterObserver {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 100;
    private static final int EVERY_MILLIS = 2_000;

    /** A record may be committed a little after it began; the list knows which it has. */
    private static final Duration LATE = Duration.ofMinutes(1);

    private final transient AuditTrail trail;
    private final transient AuditExports exports;
    private final transient SavedSearches searches;
    private final transient TrailProof proof;
    private final transient ObjectProvider<TenantPolicies> policies;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final transient AuditWords words = new AuditWords(this);

    private final Div summary = Markup.div("audit-summary");
    private final Div chart = Markup.div("audit-chart");
    private final Div list = Markup.div("audit-list");
    private final Span live = Markup.span("hint", "");
    private final Button liveButton = new Button();
    private final Button older = new Button();
    private Map<String, String> asked = new LinkedHashMap<>();
    private transient @Nullable AuditFilters filters;
    private transient @Nullable RangePicker ranges;
    private transient @Nullable RecordTable table;
    private transient @Nullable AuditQuery shown;
    private transient @Nullable AuditCursor next;
    private transient @Nullable Dialog watched;
    private boolean living;
    private boolean liveRecorded;
    private @Nullable Registration polls;

    AuditView(
            AuditTrail trail,
            AuditExports exports,
            SavedSearches searches,
            TrailProof proof,
            ObjectProvider<TenantPolicies> policies,
            Visitor visitor,
            InstantSource clock) {
        super("audit", "audit.title");
        this.trail = trail;
        this.exports = exports;
        this.searches = searches;
        this.proof = proof;
        this.policies = policies;
        this.caller = visitor.caller();
        this.clock = clock;
        older.addClickListener(click -> more());
        liveButton.addClickListener(click -> live(!living));
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        var parameters = new LinkedHashMap<String, String>();
        event.getLocation()
                .getQueryParameters()
                .getParameters()
                .forEach((name, values) -> parameters.put(name, values.getLast()));
        asked = parameters;
    }

    @Override
    protected void build() {
        var tools = Markup.div("buttons");
        tools.add(tool("audit.saved.title", this::saved));
        if (caller.may(Permission.AUDIT_EXPORT)) {
            tools.add(tool("audit.export.title", this::export));
        }
        if (proof.offered()) {
            tools.add(tool("audit.check.title", this::check));
        }
        if (policies.getIfAvailable() != null && caller.may(Permission.USER_MANAGE)) {
            tools.add(tool("audit.policy.title", this::policy));
        }
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(words.text("audit.title")),
                                        Markup.paragraph("", words.text("audit.lead"))),
                                tools),
                        "view-head"));
        var choices =
                new AuditFilters(
                        trail.everywhere(caller),
                        () -> trail.actions(caller, trail.scope(caller, null), ""),
                        this::filtered);
        var range = new RangePicker(clock, this::filtered);
        filters = choices;
        ranges = range;
        choices.show(asked);
        range.show(asked);
        liveButton.setText(words.text(living ? "audit.live.pause" : "audit.live.start"));
        Markup.role(live, "status");
        older.setText(words.text("audit.older"));
        add(choices, Markup.div("audit-bar", range, liveButton, live), chart, summary, list, older);
        search();
    }

    private Button tool(String key, Runnable action) {
        return new Button(words.text(key), click -> action.run());
    }

    private void filtered() {
        var now = new LinkedHashMap<String, String>();
        if (ranges != null && filters != null) {
            now.putAll(ranges.values());
            now.putAll(new java.util.TreeMap<>(filters.values()));
        }
        asked = now;
        getUI().ifPresent(ui ->
                ui.getPage()
                        .getHistory()
                        .replaceState(null, new Location("audit", parameters(now))));
        search();
    }

    private static QueryParameters parameters(Map<String, String> parameters) {
        return QueryParameters.simple(parameters);
    }

    /** The query as it is asked now; a range that moves along ends now. */
    private AuditQuery query() {
        AuditScope scope = trail.scope(caller, asked.get("tenant"));
        return TrailRest.query(scope, asked, clock.instant());
    }

    private void search() {
        list.removeAll();
        chart.removeAll();
        summary.removeAll();
        older.setVisible(false);
        table = null;
        shown = null;
        liveRecorded = false;
        try {
            AuditQuery query = query();
            AdminCall call = AdminCall.console(caller);
            AuditPage page = trail.page(call, query, null, PAGE);
            shown = query;
            fill(query, page);
            count(call, query);
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void fill(AuditQuery query, AuditPage page) {
        if (page.records().isEmpty() && page.next() == null) {
            list.add(
                    new EmptyState(
                            Glyph.RECORDS,
                            words.text("audit.none.title"),
                            words.text("audit.none.text")));
            return;
        }
        var fresh = new RecordTable(query.scope() instanceof AuditScope.Everybody, this::open);
        table = fresh;
        list.add(fresh);
        append(page);
    }

    private void append(AuditPage page) {
        RecordTable rows = table;
        if (rows == null) {
            return;
        }
        rows.add(page.records());
        next = page.next();
        older.setVisible(next != null);
        list.getChildren()
                .filter(each -> each.hasClassName("audit-partial"))
                .toList()
                .forEach(list::remove);
        AuditCursor cursor = next;
        if (cursor != null && page.records().size() < PAGE) {
            list.add(
                    Markup.paragraph(
                            "hint audit-partial",
                            words.text("audit.partial", words.time(cursor.at()))));
        }
    }

    private void more() {
        AuditQuery query = shown;
        if (query == null || next == null) {
            return;
        }
        try {
            append(trail.page(AdminCall.console(caller), query, next, PAGE));
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void count(AdminCall call, AuditQuery query) {
        AuditHistogram histogram;
        try {
            histogram = trail.histogram(call, query, false);
        } catch (WebException e) {
            chart.add(Markup.paragraph("hint", words.text("audit.too-wide")));
            return;
        }
        var bars = new TimeBars(words.text("audit.chart"));
        bars.show(
                histogram,
                each ->
                        words.text(
                                "audit.chart.bar",
                                words.time(each.from()),
                                words.count(each.count())));
        bars.addNarrowedListener(narrowed -> narrow(query, narrowed.from(), narrowed.to()));
        chart.add(
                bars,
                Markup.div(
                        "audit-axis hint",
                        new Span(words.time(query.from())),
                        new Span(words.text("audit.utc")),
                        new Span(words.time(query.to()))));
        summary.add(
                Markup.span(
                        "audit-count", words.text("audit.count", words.count(histogram.count()))));
        histogram
                .outcomes()
                .forEach((result, count) ->
                        summary.add(words.outcome(result), Markup.span("", words.count(count))));
    }

    private void narrow(AuditQuery query, Instant from, Instant to) {
        Instant begin = from.isBefore(query.from()) ? query.from() : from;
        Instant end = to.isAfter(query.to()) ? query.to() : to;
        if (begin.isBefore(end) && ranges != null) {
            live(false);
            ranges.show(Map.of("from", begin.toString(), "to", end.toString()));
            filtered();
        }
    }

    private void open(AuditFound found) {
        new RecordDialog(this, found, this::filter).open();
    }

    private void filter(Map<String, String> more) {
        AuditFilters choices = filters;
        if (choices != null) {
            var all = new HashMap<>(choices.values());
            all.putAll(more);
            choices.show(all);
            filtered();
        }
    }

    private void saved() {
        new SavedSearchesDialog(
                        this,
                        searches,
                        caller,
                        AuditQuery.link(asked.isEmpty() ? Map.of("range", "24h") : asked),
                        this::use)
                .open();
    }

    private void use(String link) {
        Map<String, String> parameters = AuditQuery.unlink(link);
        if (filters != null && ranges != null) {
            filters.show(parameters);
            ranges.show(parameters);
            filtered();
        }
    }

    private void export() {
        try {
            watch(new ExportDialog(this, exports, caller, query()));
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void check() {
        try {
            watch(
                    new IntegrityDialog(
                            this, proof, caller, trail.scope(caller, asked.get("tenant"))));
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private void watch(Dialog dialog) {
        watched = dialog;
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                watched = null;
                poll();
            }
        });
        dialog.open();
        poll();
    }

    private void policy() {
        TenantPolicies kept = policies.getIfAvailable();
        if (kept == null) {
            return;
        }
        try {
            AuditPolicy policy = kept.find(caller);
            var form = new PolicyForm(this, policy);
            new FormDialog(
                            words.text("audit.policy.title"),
                            words.text("audit.policy.save"),
                            () ->
                                    kept.change(
                                            caller,
                                            UUID.randomUUID().toString(),
                                            policy.version(),
                                            form.days(),
                                            form.content()),
                            form)
                    .open();
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    // -- what moves by itself

    private void live(boolean on) {
        living = on;
        liveButton.setText(words.text(on ? "audit.live.pause" : "audit.live.start"));
        liveButton.getElement().setAttribute("aria-pressed", Boolean.toString(on));
        live.setText(on ? words.text("audit.live.on") : "");
        poll();
    }

    private void poll() {
        getUI().ifPresent(ui -> ui.setPollInterval(living || watched != null ? EVERY_MILLIS : -1));
    }

    private void tick() {
        switch (watched) {
            case ExportDialog dialog -> dialog.refresh();
            case IntegrityDialog dialog -> dialog.refresh();
            case null, default -> {}
        }
        if (living) {
            tail();
        }
    }

    private void tail() {
        try {
            Instant now = clock.instant();
            AuditQuery query = query().within(now.minus(LATE), now);
            AuditPage page = trail.tail(AdminCall.console(caller), query, PAGE, !liveRecorded);
            liveRecorded = true;
            if (!page.records().isEmpty() && table == null) {
                search();
                return;
            }
            int came = table == null ? 0 : table.addNewer(page.records());
            if (came > 0) {
                live.setText(words.text("audit.live.came", came));
            }
        } catch (WebException e) {
            live(false);
            list.addComponentAsFirst(new Trouble(e));
        }
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        UI ui = event.getUI();
        polls = ui.addPollListener(poll -> tick());
        poll();
    }

    @Override
    protected void onDetach(DetachEvent event) {
        super.onDetach(event);
        event.getUI().setPollInterval(-1);
        if (polls != null) {
            polls.remove();
            polls = null;
        }
    }
}
