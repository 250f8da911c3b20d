package assay.web.console.quotas;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.ConsoleView;
import assay.web.console.Visitor;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.Quota;
import assay.web.limits.QuotaBook;
import assay.web.limits.QuotaBook.Notice;
import assay.web.limits.QuotaBook.Standing;
import assay.web.limits.Subject;
import assay.web.limits.UsageReport;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.textfield.NumberField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the visitor's tenant, what is used of them, and what was used in the last days.
 * Needs {@code quota:manage} or {@code usage:read}.
 */
@Route(value = "quotas", layout = ConsoleFrame.class)
@Menu(title = "nav.quotas", order = 20, icon = "GAUGE")
@PermitAll
public class QuotasView extends ConsoleView {
    private static final long serialVersionUID = 1L;
    private static final int NOTICES_SHOWN = 5;

    private final transient QuotaBook book;
    private final transient UsageReport usage;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final Div notices = Markup.div("quota-notices");
    private final Div list = Markup.div("jobs-cards");
    private transient @Nullable QuotaWords words;

    QuotasView(QuotaBook book, UsageReport usage, Visitor visitor, InstantSource clock) {
        super("quotas", "quotas.title");
        this.book = book;
        this.usage = usage;
        this.caller = visitor.caller();
        this.clock = clock;
    }

    @Override
    protected void build() {
        var spoken = new QuotaWords(this);
        words = spoken;
        add(
                Markup.with(
                        new Header(
                                Markup.div(
                                        "view-title",
                                        new H1(getTranslation("quotas.title")),
                                        Markup.paragraph("", getTranslation("quotas.lead")))),
                        "view-head"),
                notices);
        if (caller.may(Permission.QUOTA_MANAGE)) {
            var fresh = new Details();
            fresh.setSummaryText(getTranslation("quotas.new"));
            fresh.addClassName("jobs-new");
            fresh.add(new QuotaForm(book, caller, spoken, this::refresh));
            add(fresh);
        }
        add(list);
        refresh();
        if (caller.may(Permission.USAGE_READ)) {
            add(
                    Markup.section(
                            "group",
                            getTranslation("usage.title"),
                            new UsagePanel(usage, caller, spoken.figures(), clock)));
        }
    }

    private void refresh() {
        QuotaWords spoken = words;
        if (spoken == null) {
            return;
        }
        list.removeAll();
        notices.removeAll();
        try {
            List<Standing> standings = book.list(caller, null);
            standings.forEach(each ->
                    list.add(new QuotaCard(each, spoken, mayEdit(each), this::edit, this::remove)));
            if (standings.isEmpty()) {
                list.add(
                        new EmptyState(
                                Glyph.GAUGE,
                                getTranslation("quotas.empty.title"),
                                getTranslation("quotas.empty.text")));
            }
            book.notices(caller, null).stream()
                    .limit(NOTICES_SHOWN)
                    .forEach(each -> notices.add(notice(each, spoken)));
        } catch (WebException e) {
            list.add(new Trouble(e));
        }
    }

    private Div notice(Notice notice, QuotaWords spoken) {
        Quota quota = notice.quota();
        var text =
                Markup.div(
                        "",
                        Markup.span(
                                "callout-title",
                                getTranslation(
                                        "quotas.notice",
                                        spoken.holder(quota, notice.name()),
                                        spoken.kind(quota.kind()),
                                        spoken.amount(quota.kind(), notice.used()),
                                        spoken.amount(quota.kind(), notice.amount()))),
                        new TimeText(notice.at().toEpochMilli(), spoken.figures().locale()));
        return Markup.div("callout", Glyph.WARNING.draw(), text);
    }

    private boolean mayEdit(Standing standing) {
        return caller.may(
                standing.quota().subject().kind() == Subject.Kind.TENANT
                        ? Permission.TENANT_MANAGE
                        : Permission.QUOTA_MANAGE);
    }

    private void edit(Standing standing) {
        Quota quota = standing.quota();
        var amount = new NumberField(getTranslation("quotas.form.amount"));
        amount.setMin(0);
        amount.setMax((double) Quota.MOST);
        amount.setManualValidation(true);
        amount.setErrorMessage(getTranslation("quotas.form.wrong"));
        amount.setValue((double) quota.amount());
        QuotaWords spoken = java.util.Objects.requireNonNull(words);
        new Confirmation(
                        getTranslation("quotas.change"),
                        getTranslation(
                                "quotas.change.text",
                                spoken.holder(quota, standing.name()),
                                spoken.kind(quota.kind())),
                        getTranslation("quotas.change"),
                        () -> {
                            if (!QuotaForm.check(amount)) {
                                throw WebException.invalid(
                                        "amount", "expected: a whole number, 0.." + Quota.MOST);
                            }
                            book.change(
                                    caller,
                                    UUID.randomUUID().toString(),
                                    null,
                                    quota.id(),
                                    quota.version(),
                                    amount.getValue().longValue(),
                                    quota.softPercent());
                            refresh();
                        },
                        amount)
                .open();
    }

    private void remove(Standing standing) {
        Quota quota = standing.quota();
        var typed = new TextField(getTranslation("quotas.remove.type", standing.name()));
        QuotaWords spoken = java.util.Objects.requireNonNull(words);
        new Confirmation(
                        getTranslation("quotas.remove"),
                        getTranslation(
                                "quotas.remove.text",
                                spoken.holder(quota, standing.name()),
                                spoken.kind(quota.kind())),
                        getTranslation("quotas.remove"),
                        () -> {
                            if (!typed.getValue().strip().equals(standing.name())) {
                                throw WebException.invalid(
                                        "name", "not as it is (expected: " + standing.name() + ")");
                            }
                            book.remove(
                                    caller,
                                    UUID.randomUUID().toString(),
                                    null,
                                    quota.id(),
                                    quota.version());
                            refresh();
                        },
                        typed)
                .open();
    }
}
