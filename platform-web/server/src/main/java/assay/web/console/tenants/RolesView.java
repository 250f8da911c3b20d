package assay.web.console.tenants;

import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.cluster.Confirmation;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.tenants.TenantRoles;
import assay.web.tenants.TenantRoles.Entry;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The roles of the tenant, and which permission each holds. */
@Route(value = "roles", layout = ConsoleFrame.class)
@Menu(title = "nav.roles", order = 22, icon = "ROLE")
@PermitAll
public class RolesView extends ListView<Entry> {
    private static final long serialVersionUID = 1L;

    private final transient TenantRoles roles;

    RolesView(TenantRoles roles, Visitor visitor) {
        super("roles.title", Glyph.ROLE, visitor);
        this.roles = roles;
    }

    @Override
    String text(String key, Object... parameters) {
        return getTranslation("roles." + key, parameters);
    }

    @Override
    List<Entry> find(String search) {
        String wanted = search.strip().toLowerCase(Locale.ROOT);
        return roles.list(caller()).stream()
                .filter(each ->
                        RoleWords.name(this, each.name()).toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
    }

    @Override
    List<Component> tools() {
        return List.of(primary(text("new"), this::create));
    }

    @Override
    protected void build() {
        super.build();
        add(
                Markup.section(
                        "group", text("matrix"), new PermissionMatrix(this, roles.list(caller()))));
    }

    @Override
    List<Column<Entry>> columns() {
        return List.of(
                new Column<>(
                        "name",
                        each ->
                                Markup.div(
                                        "",
                                        new Span(RoleWords.name(this, each.name())),
                                        Markup.span("hint", each.description())),
                        Comparator.comparing(each -> each.name().toLowerCase(Locale.ROOT))),
                new Column<>("kind", this::kind, Comparator.comparing(Entry::builtIn)),
                new Column<>(
                        "permissions",
                        each -> new Span(Integer.toString(each.permissions().size())),
                        Comparator.comparingInt(each -> each.permissions().size())),
                new Column<>(
                        "members",
                        each -> new Span(Integer.toString(each.members())),
                        Comparator.comparingInt(Entry::members)),
                new Column<>("actions", this::actions, null));
    }

    private Component kind(Entry role) {
        return role.builtIn()
                ? new Pill(Pill.Tone.QUIET, text("built-in"))
                : new Span(text("custom"));
    }

    private Component actions(Entry role) {
        Div actions = Markup.div("buttons");
        String name = RoleWords.name(this, role.name());
        actions.add(small(text("copy"), name, () -> form(role, true)));
        if (!role.builtIn()) {
            actions.add(small(text("edit"), name, () -> form(role, false)));
            actions.add(small(text("remove"), name, () -> remove(role)));
        }
        return actions;
    }

    private void create() {
        form(new Entry("", "", "", false, Set.of(), 0, 0), true);
    }

    /**
     * @param fresh whether it makes a new role that begins as this one
     */
    private void form(Entry role, boolean fresh) {
        var name = new TextField(text("field-name"));
        name.setMaxLength(100);
        name.setValue(fresh ? "" : role.name());
        var description = new TextArea(text("field-description"));
        description.setMaxLength(500);
        description.setValue(role.description());
        var permissions =
                new PermissionChoice(
                        this, text("field-permissions"), role.permissions(), caller()::may);
        new FormDialog(
                        fresh ? text("new") : text("edit"),
                        text("save"),
                        () -> {
                            var draft =
                                    new TenantRoles.Draft(
                                            name.getValue(),
                                            description.getValue(),
                                            permissions.chosen());
                            if (fresh) {
                                roles.create(call(), draft);
                            } else {
                                roles.change(call(), role.id(), role.version(), draft);
                            }
                            rebuild();
                        },
                        name,
                        description,
                        permissions)
                .open();
    }

    private void remove(Entry role) {
        new Confirmation(
                        text("remove.title", role.name()),
                        text("remove.text"),
                        text("remove"),
                        () -> {
                            roles.remove(call(), role.id(), role.version());
                            rebuild();
                        })
                .typed(role.name())
                .open();
    }

    private void rebuild() {
        removeAll();
        build();
    }
}
