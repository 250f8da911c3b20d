package assay.web.console.tenants;

import assay.web.WebException;
import assay.web.console.ConsoleFrame;
import assay.web.console.Visitor;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.identity.Permission;
import assay.web.identity.account.AccountRescue;
import assay.web.identity.account.WebSessions;
import assay.web.tenants.Members;
import assay.web.tenants.Members.Member;
import assay.web.tenants.TenantRoles;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Menu;
import com.vaadin.flow.router.Route;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Who belongs to the tenant. */
@Route(value = "members", layout = ConsoleFrame.class)
@Menu(title = "nav.members", order = 21, icon = "PEOPLE")
@PermitAll
public class MembersView extends ListView<Member> {
    private static final long serialVersionUID = 1L;

    private final transient Members members;
    private final transient TenantRoles roles;
    private final transient AccountRescue rescue;
    private final transient WebSessions sessions;

    MembersView(
            Members members,
            TenantRoles roles,
            AccountRescue rescue,
            WebSessions sessions,
            Visitor visitor) {
        super("members.title", Glyph.PEOPLE, visitor);
        this.members = members;
        this.roles = roles;
        this.rescue = rescue;
        this.sessions = sessions;
    }

    @Override
    String text(String key, Object... parameters) {
        return getTranslation("members." + key, parameters);
    }

    @Override
    List<Member> find(String search) {
        return members.list(caller(), search, null, MOST);
    }

    @Override
    List<Component> tools() {
        List<Component> tools = new ArrayList<>();
        var invitations = new Anchor("members/invitations", text("invitations"));
        invitations.setClassName("button");
        tools.add(invitations);
        if (caller().may(Permission.TENANT_MANAGE)) {
            tools.add(primary(text("add"), this::add));
        }
        return tools;
    }

    @Override
    Optional<Bulk<Member>> bulk() {
        return Optional.of(
                new Bulk<>(
                        Member::userId,
                        Member::name,
                        List.of(
                                new Bulk.Deed<>(text("change"), each -> true, this::changeAll),
                                new Bulk.Deed<>(text("remove"), each -> true, this::removeAll))));
    }

    private void changeAll(List<Member> chosen) {
        var role = choice("");
        Map<UUID, String> before =
                chosen.stream().collect(Collectors.toMap(Member::userId, Member::role));
        confirmation(
                        chosen,
                        "bulk-change",
                        text("change"),
                        () -> {
                            var wanted = role.getValue();
                            if (wanted == null) {
                                throw WebException.invalid("role", "expected: one of the list");
                            }
                            doToAll(
                                    chosen,
                                    "bulk-changed",
                                    each -> give(each, wanted.id()),
                                    each ->
                                            give(
                                                    each,
                                                    Objects.requireNonNull(
                                                            before.get(each.userId()))));
                        },
                        role)
                .open();
    }

    private Member give(Member member, String role) {
        return members.change(call(), member.userId(), member.version(), role);
    }

    private void removeAll(List<Member> chosen) {
        confirmation(
                        chosen,
                        "remove",
                        "bulk-removed",
                        each -> {
                            members.remove(call(), each.userId(), each.version());
                            return each;
                        },
                        null)
                .typed(Integer.toString(chosen.size()))
                .open();
    }

    @Override
    List<Column<Member>> columns() {
        return List.of(
                names(Member::name, each -> Markup.span("mono", each.username())),
                new Column<>("role", this::role, Comparator.comparing(Member::roleName)),
                new Column<>(
                        "since",
                        each -> new TimeText(each.since().toEpochMilli(), getLocale()),
                        Comparator.comparing(Member::since)),
                new Column<>("actions", this::actions, null));
    }

    private Component role(Member member) {
        Div pills = Markup.div("pills", new Span(RoleWords.name(this, member.roleName())));
        if (member.operator()) {
            pills.add(new Pill(Pill.Tone.GOOD, text("operator")));
        }
        if (member.disabled()) {
            pills.add(new Pill(Pill.Tone.BAD, text("disabled")));
        }
        return pills;
    }

    private Component actions(Member member) {
        return Markup.div(
                "buttons",
                small(text("change"), member.name(), () -> change(member)),
                small(text("account"), member.name(), () -> account(member)),
                small(text("remove"), member.name(), () -> remove(member)));
    }

    private Select<TenantRoles.Entry> choice(String chosen) {
        var choice = new Select<TenantRoles.Entry>();
        choice.setLabel(text("field-role"));
        var all = roles.list(caller());
        choice.setItems(all);
        choice.setItemLabelGenerator(each -> RoleWords.name(this, each.name()));
        all.stream()
                .filter(each -> each.id().equals(chosen))
                .findFirst()
                .ifPresent(choice::setValue);
        return choice;
    }

    private void add() {
        var username = new TextField(text("field-username"));
        username.setHelperText(text("field-username.help"));
        var role = choice("developer");
        new FormDialog(
                        text("add"),
                        text("add"),
                        () -> {
                            members.add(call(), username.getValue().strip(), role.getValue().id());
                            refresh();
                        },
                        username,
                        role)
                .open();
    }

    private void change(Member member) {
        var role = choice(member.role());
        new FormDialog(
                        text("change.title", member.name()),
                        text("save"),
                        () -> {
                            members.change(
                                    call(),
                                    member.userId(),
                                    member.version(),
                                    role.getValue().id());
                            refresh();
                        },
                        role)
                .open();
    }

    private void account(Member member) {
        new MemberAccountDialog(rescue, sessions, call(), member).open();
    }

    private void remove(Member member) {
        confirmation(
                        member.name(),
                        "remove",
                        () -> members.remove(call(), member.userId(), member.version()))
                .typed(member.username())
                .open();
    }
}
