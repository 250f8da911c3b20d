package assay.web.console.tenants;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.Confirmation;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.tenants.TenantRegister;
import assay.web.tenants.TenantRegister.Entry;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** All tenants, for the operator. */
@Route(value = "tenants", layout = ConsoleFrame.class)
@Menu(title = "nav.tenants", order = 20, icon = "TENANT")
@PermitAll
public class TenantsView extends ListView<Entry> {
    private static final long serialVersionUID = 1L;
    private static final Duration GRACE = Duration.ofDays(7);

    private final transient TenantRegister tenants;

    TenantsView(TenantRegister tenants, Visitor visitor) {
        super("tenants.title", Glyph.TENANT, visitor);
        this.tenants = tenants;
    }

    @Override
    String text(String key, Object... parameters) {
        return getTranslation("tenants." + key, parameters);
    }

    @Override
    List<Entry> find(String search) {
        return tenants.list(caller(), search, null, MOST);
    }

    @Override
    List<Component> tools() {
        return List.of(primary(text("new"), this::create));
    }

    @Override
    Optional<Bulk<Entry>> bulk() {
        return Optional.of(
                new Bulk<>(
                        Entry::id,
                        Entry::name,
                        List.of(
                                new Bulk.Deed<>(
                                        text("suspend"),
                                        each -> each.state() == TenantRegister.State.ACTIVE,
                                        this::suspendAll))));
    }

    private void suspendAll(List<Entry> chosen) {
        confirmation(
                        chosen,
                        "suspend",
                        "bulk-suspended",
                        each -> tenants.suspend(call(), each.id(), each.version()),
                        each -> tenants.resume(call(), each.id(), each.version()))
                .open();
    }

    @Override
    List<Column<Entry>> columns() {
        return List.of(
                names(Entry::name, each -> Markup.span("mono", each.slug())),
                new Column<>("state", this::state, Comparator.comparing(Entry::state)),
                new Column<>(
                        "guests",
                        each ->
                                new Span(
                                        text(each.guests().allowed() ? "guests.yes" : "guests.no")),
                        Comparator.comparing(each -> each.guests().allowed())),
                new Column<>(
                        "created",
                        each -> new TimeText(each.createdAt().toEpochMilli(), getLocale()),
                        Comparator.comparing(Entry::createdAt)),
                new Column<>("actions", this::actions, null));
    }

    private Component state(Entry tenant) {
        String words = text("state." + tenant.state().name().toLowerCase(Locale.ROOT));
        var pill =
                new Pill(
                        switch (tenant.state()) {
                            case ACTIVE -> Pill.Tone.GOOD;
                            case SUSPENDED -> Pill.Tone.WARN;
                            case DELETING -> Pill.Tone.BAD;
                        },
                        words);
        var deleteAfter = tenant.deleteAfter();
        if (deleteAfter == null) {
            return pill;
        }
        return Markup.div("pills", pill, new TimeText(deleteAfter.toEpochMilli(), getLocale()));
    }

    private Component actions(Entry tenant) {
        Div actions = Markup.div("buttons");
        actions.add(small(text("edit"), tenant.name(), () -> edit(tenant)));
        switch (tenant.state()) {
            case ACTIVE -> {
                actions.add(small(text("suspend"), tenant.name(), () -> suspend(tenant)));
                actions.add(small(text("delete"), tenant.name(), () -> delete(tenant)));
            }
            case SUSPENDED -> {
                actions.add(small(text("resume"), tenant.name(), () -> resume(tenant)));
                actions.add(small(text("delete"), tenant.name(), () -> delete(tenant)));
            }
            case DELETING ->
                    actions.add(small(text("restore"), tenant.name(), () -> restore(tenant)));
        }
        return actions;
    }

    private void create() {
        var name = new TextField(text("field-name"));
        var slug = new TextField(text("field-slug"));
        slug.setHelperText(text("field-slug.help"));
        new FormDialog(
                        text("new"),
                        text("create"),
                        () -> {
                            tenants.create(call(), slug.getValue().strip(), name.getValue());
                            refresh();
                        },
                        name,
                        slug)
                .open();
    }

    private void edit(Entry tenant) {
        var before = tenant.guests();
        var name = new TextField(text("field-name"));
        name.setValue(tenant.name());
        var guests = new Checkbox(text("field-guests"), before.allowed());
        var rate = new IntegerField(text("field-rate"));
        rate.setHelperText(text("field-rate.help"));
        rate.setValue(before.perMinute());
        var days = new IntegerField(text("field-days"));
        days.setValue(before.retentionDays());
        days.setStepButtonsVisible(true);
        days.setMin(1);
        days.setMax(3650);
        new FormDialog(
                        text("edit"),
                        text("save"),
                        () -> {
                            Integer kept = days.getValue();
                            tenants.change(
                                    call(),
                                    tenant.id(),
                                    tenant.version(),
                                    new TenantRegister.Draft(
                                            name.getValue(),
                                            new TenantRegister.Guests(
                                                    guests.getValue(),
                                                    before.scenarios(),
                                                    rate.getValue(),
                                                    kept == null ? 0 : kept),
                                            null));
                            refresh();
                        },
                        name,
                        guests,
                        guestLink(tenant, guests),
                        rate,
                        days)
                .open();
    }

    /** The way in for people without an account, where they are let in. */
    private Component guestLink(Entry tenant, Checkbox guests) {
        String path = "verify?tenant=" + tenant.slug();
        var link =
                Markup.div(
                        "guest-link",
                        Markup.span("hint", text("guest-link")),
                        Markup.span("mono", "/" + path),
                        CopyButton.ofPath(path, getTranslation("copy.label")));
        link.setVisible(guests.getValue());
        guests.addValueChangeListener(change -> link.setVisible(change.getValue()));
        return link;
    }

    private void suspend(Entry tenant) {
        confirmation(
                        tenant.name(),
                        "suspend",
                        () -> tenants.suspend(call(), tenant.id(), tenant.version()))
                .open();
    }

    private void resume(Entry tenant) {
        tenants.resume(call(), tenant.id(), tenant.version());
        refresh();
    }

    private void restore(Entry tenant) {
        tenants.restore(call(), tenant.id(), tenant.version());
        refresh();
    }

    private void delete(Entry tenant) {
        new Confirmation(
                        text("delete.title", tenant.name()),
                        text("delete.text", GRACE.toDays()),
                        text("delete"),
                        () -> {
                            tenants.delete(
                                    call(), tenant.id(), tenant.version(), tenant.slug(), GRACE);
                            refresh();
                        })
                .typed(tenant.slug())
                .open();
    }
}
