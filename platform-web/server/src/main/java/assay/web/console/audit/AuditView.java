package assay.web.console.audit;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.audit.policy.TenantPolicies;
import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.search.FoundPage;
import assay.web.console.search.FoundTable;
import assay.web.console.search.SearchView;
import assay.web.console.tenants.FormDialog;
import assay.web.identity.Permission;
import assay.web.tenants.AdminCall;
import assay.web.trail.AuditExports;
import assay.web.trail.AuditTrail;
import assay.web.trail.SavedSearches;
import assay.web.trail.TrailProof;
import assay.web.trail.TrailRest;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The audit trail: over time, filtered, record by record. Needs {@code audit:read}; exports {@code
 * audit:export}.
 */
@Route(value = "audit", layout = ConsoleFrame.class)
@Menu(title = "nav.audit", order = 30, icon = "RECORDS")
@PermitAll
public class AuditView extends SearchView<AuditFound> {
    private static final long serialVersionUID = 1L;
    private static final Texts TEXTS =
            new Texts(
                    "audit.title", "audit.lead", "audit.older", "audit.live.on", "audit.live.came");

    private final transient AuditTrail trail;
    private final transient AuditExports exports;
    private final transient SavedSearches searches;
    private final transient TrailProof proof;
    private final transient ObjectProvider<TenantPolicies> policies;
    private final transient AuditWords words = new AuditWords(this);
    private final CountPanel counts = new CountPanel(words, this::narrow);

    AuditView(
            AuditTrail trail,
            AuditExports exports,
            SavedSearches searches,
            TrailProof proof,
            ObjectProvider<TenantPolicies> policies,
            Visitor visitor,
            InstantSource clock) {
        super("audit", "24h", TEXTS, visitor, clock);
        this.trail = trail;
        this.exports = exports;
        this.searches = searches;
        this.proof = proof;
        this.policies = policies;
    }

    @Override
    protected void build() {
        add(head(tools()));
        begin(
                new AuditFilters(
                        trail.everywhere(caller()),
                        trail.actions(caller(), trail.scope(caller(), null), "")),
                counts);
    }

    private Div tools() {
        var tools = Markup.div("buttons", tool("audit.saved.title", this::saved));
        if (caller().may(Permission.AUDIT_EXPORT)) {
            tools.add(tool("audit.export.title", this::export));
        }
        if (proof.offered()) {
            tools.add(tool("audit.check.title", this::check));
        }
        if (policies.getIfAvailable() != null && caller().may(Permission.USER_MANAGE)) {
            tools.add(tool("audit.policy.title", this::policy));
        }
        return tools;
    }

    private Button tool(String key, Runnable action) {
        return new Button(words.text(key), click -> attempt(action));
    }

    // -- what is found

    private AuditScope scope() {
        return trail.scope(caller(), asked().get("tenant"));
    }

    /** The query as it is asked; a range that moves along ends now. */
    private AuditQuery query(Instant now) {
        return TrailRest.query(scope(), asked(), now);
    }

    @Override
    protected FoundPage<AuditFound> find() {
        counts.clear();
        AuditQuery query = query(now());
        AdminCall call = AdminCall.console(caller());
        FoundPage<AuditFound> page = page(call, query, null);
        count(call, query);
        return page;
    }

    private FoundPage<AuditFound> page(
            AdminCall call, AuditQuery query, @Nullable AuditCursor after) {
        AuditPage page = trail.page(call, query, after, PAGE);
        AuditCursor next = page.next();
        if (next == null) {
            return new FoundPage<>(page.records(), null, null);
        }
        return new FoundPage<>(
                page.records(),
                () -> page(AdminCall.console(caller()), query, next),
                page.records().size() < PAGE
                        ? words.text("audit.partial", words.time(next.at()))
                        : null);
    }

    private void count(AdminCall call, AuditQuery query) {
        try {
            counts.show(query, trail.histogram(call, query, false));
        } catch (WebException e) {
            counts.showTooWide();
        }
    }

    @Override
    protected List<AuditFound> newest(Instant from, Instant to, boolean first) {
        AuditQuery query = query(to).within(from, to);
        return trail.tail(AdminCall.console(caller()), query, PAGE, first).records();
    }

    @Override
    protected FoundTable<AuditFound> emptyTable() {
        return new RecordTable(words, scope() instanceof AuditScope.Everybody, this::open);
    }

    @Override
    protected EmptyState none() {
        return new EmptyState(
                Glyph.RECORDS, words.text("audit.none.title"), words.text("audit.none.text"));
    }

    private void open(AuditFound found) {
        new RecordDialog(this, found, this::askMore).open();
    }

    private void narrow(Instant from, Instant to) {
        live(false);
        askMore(Map.of("from", from.toString(), "to", to.toString()));
    }

    private void askMore(Map<String, String> more) {
        var all = new HashMap<>(asked());
        all.putAll(more);
        ask(all);
    }

    // -- what can be done with it

    private void saved() {
        new SavedSearchesDialog(
                        this,
                        searches,
                        caller(),
                        AuditQuery.link(asked()),
                        link -> ask(AuditQuery.unlink(link)))
                .open();
    }

    private void export() {
        var dialog = new ExportDialog(this, exports, caller(), query(now()));
        watch(dialog, dialog::refresh);
    }

    private void check() {
        var dialog = new IntegrityDialog(this, proof, caller(), scope());
        watch(dialog, dialog::refresh);
    }

    private void policy() {
        TenantPolicies kept = policies.getIfAvailable();
        if (kept == null) {
            return;
        }
        AuditPolicy policy = kept.find(caller());
        var form = new PolicyForm(this, policy);
        new FormDialog(
                        words.text("audit.policy.title"),
                        words.text("audit.policy.save"),
                        () ->
                                kept.change(
                                        caller(),
                                        UUID.randomUUID().toString(),
                                        policy.version(),
                                        form.days(),
                                        form.content()),
                        form)
                .open();
    }
}
