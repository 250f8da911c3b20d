package assay.web.console.tenants;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.identity.Permission;
import assay.web.tenants.TenantKeys;
import assay.web.tenants.TenantKeys.Entry;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The API keys that the visitor may see: his own, or all of the tenant. */
@Route(value = "keys", layout = ConsoleFrame.class)
@Menu(title = "nav.keys", order = 23, icon = "KEY")
@PermitAll
public class KeysView extends ListView<Entry> {
    private static final long serialVersionUID = 1L;

    private final transient TenantKeys keys;
    private final transient InstantSource clock;
    private final Checkbox all = new Checkbox();

    KeysView(TenantKeys keys, Visitor visitor, InstantSource clock) {
        super("keys.title", Glyph.KEY, visitor);
        this.keys = keys;
        this.clock = clock;
        all.addValueChangeListener(change -> refresh());
    }

    @Override
    String text(String key, Object... parameters) {
        return getTranslation("keys." + key, parameters);
    }

    @Override
    List<Entry> find(String search) {
        return keys.list(caller(), search, all.getValue(), MOST);
    }

    @Override
    List<Component> tools() {
        all.setLabel(text("all"));
        return List.of(all, primary(text("new"), this::create));
    }

    @Override
    Optional<Bulk<Entry>> bulk() {
        return Optional.of(
                new Bulk<>(
                        Entry::id,
                        Entry::name,
                        List.of(
                                new Bulk.Deed<>(
                                        text("revoke"),
                                        each -> stateOf(each) == TenantKeys.State.GOOD,
                                        this::revokeAll))));
    }

    private void revokeAll(List<Entry> chosen) {
        confirmation(
                        chosen,
                        "revoke",
                        "bulk-revoked",
                        each -> {
                            keys.revoke(call(), each.id(), each.version());
                            return each;
                        },
                        null)
                .typed(Integer.toString(chosen.size()))
                .open();
    }

    @Override
    List<Column<Entry>> columns() {
        return List.of(
                names(Entry::name, each -> Markup.span("mono", each.prefix() + "…")),
                new Column<>(
                        "owner",
                        each -> {
                            String owner = each.ownerName();
                            return new Span(owner == null ? text("tenants") : owner);
                        },
                        Comparator.comparing(each -> String.valueOf(each.ownerName()))),
                new Column<>("scopes", this::scopes, null),
                new Column<>("state", this::state, Comparator.comparing(this::stateOf)),
                new Column<>("used", each -> time(each.lastUsedAt(), "never"), lastUse()),
                new Column<>("expires", each -> time(each.expiresAt(), "no-end"), null),
                new Column<>("actions", this::actions, null));
    }

    private static Comparator<Entry> lastUse() {
        return Comparator.comparing(
                Entry::lastUsedAt, Comparator.nullsFirst(Comparator.naturalOrder()));
    }

    private Component time(@Nullable Instant time, String otherwise) {
        return time == null
                ? Markup.span("hint", text(otherwise))
                : new TimeText(time.toEpochMilli(), getLocale());
    }

    private Component scopes(Entry key) {
        Div chips = Markup.div("chips");
        key.scopes().stream()
                .map(Permission::id)
                .sorted()
                .forEach(each -> chips.add(Markup.span("chip", each)));
        var models = key.models();
        if (models != null) {
            models.forEach(each -> chips.add(Markup.span("chip chip-taint", each)));
        }
        var networks = key.networks();
        if (networks != null) {
            networks.forEach(each -> chips.add(Markup.span("chip chip-taint", each)));
        }
        return chips;
    }

    private TenantKeys.State stateOf(Entry key) {
        return key.state(clock.instant());
    }

    private Component state(Entry key) {
        TenantKeys.State state = stateOf(key);
        return new Pill(
                state == TenantKeys.State.GOOD ? Pill.Tone.GOOD : Pill.Tone.QUIET,
                text("state." + state.name().toLowerCase(Locale.ROOT)));
    }

    private Component actions(Entry key) {
        Div actions = Markup.div("buttons");
        if (stateOf(key) == TenantKeys.State.GOOD) {
            actions.add(small(text("edit"), key.name(), () -> edit(key)));
            actions.add(small(text("rotate"), key.name(), () -> rotate(key)));
            actions.add(small(text("revoke"), key.name(), () -> revoke(key)));
        }
        return actions;
    }

    private void create() {
        var form = new KeyForm(this, caller(), null);
        new FormDialog(
                        text("new"),
                        text("create"),
                        () -> show(keys.create(call(), form.draft(clock.instant()))),
                        form)
                .open();
    }

    private void edit(Entry key) {
        var form = new KeyForm(this, caller(), key);
        new FormDialog(
                        text("edit"),
                        text("save"),
                        () -> {
                            keys.change(
                                    call(), key.id(), key.version(), form.draft(clock.instant()));
                            refresh();
                        },
                        form)
                .open();
    }

    private void show(TenantKeys.Made made) {
        refresh();
        new SecretDialog(text("made.title"), text("made.text"), made.secret()).open();
    }

    private void rotate(Entry key) {
        var overlap = new Select<Duration>();
        overlap.setLabel(text("field-overlap"));
        overlap.setItems(
                Duration.ZERO, Duration.ofHours(1), Duration.ofDays(1), Duration.ofDays(7));
        overlap.setItemLabelGenerator(each -> text("overlap." + each.toHours()));
        overlap.setValue(Duration.ofDays(1));
        new FormDialog(
                        text("rotate.title", key.name()),
                        text("rotate"),
                        () ->
                                show(
                                        keys.rotate(
                                                call(),
                                                key.id(),
                                                key.version(),
                                                overlap.getValue())),
                        Markup.paragraph("", text("rotate.text")),
                        overlap)
                .open();
    }

    private void revoke(Entry key) {
        confirmation(key.name(), "revoke", () -> keys.revoke(call(), key.id(), key.version()))
                .open();
    }
}
