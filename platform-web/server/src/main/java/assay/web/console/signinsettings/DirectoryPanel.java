package assay.web.console.signinsettings;

import assay.web.WebException;
import assay.web.console.cluster.Confirmation;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.CopyButton;
import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.identity.federation.IdentityProviders.RoleChoice;
import assay.web.identity.scim.ScimSettings;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/** The directory that keeps people here by SCIM: its tokens, and what its groups give. */
class DirectoryPanel extends Div {
    private static final long serialVersionUID = 1L;
    private static final int DAYS = 365;
    private static final int MOST_DAYS = 732;

    private final transient ScimSettings scim;
    private final transient List<RoleChoice> roles;
    private final transient Caller caller;
    private final transient InstantSource clock;
    private final Div tokens = Markup.div("token-list");
    private final Div fresh = Markup.div("token-fresh");
    private final Div groups = Markup.div("directory-groups");
    private final TextField name = new TextField();
    private final IntegerField days = new IntegerField();

    DirectoryPanel(ScimSettings scim, List<RoleChoice> roles, Caller caller, InstantSource clock) {
        this.scim = scim;
        this.roles = List.copyOf(roles);
        this.caller = caller;
        this.clock = clock;
        name.setLabel(getTranslation("scim.token.name"));
        days.setLabel(getTranslation("scim.token.days"));
        days.setMin(1);
        days.setMax(MOST_DAYS);
        days.setValue(DAYS);
        var make = new Button(getTranslation("scim.token.make"), click -> make());
        make.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        var address = new Code("/scim/v2");
        add(
                Markup.section(
                        "panel",
                        getTranslation("scim.title"),
                        Markup.paragraph("hint", getTranslation("scim.lead")),
                        Markup.div(
                                "setting-name",
                                address,
                                CopyButton.ofPath("/scim/v2", getTranslation("scim.copy"))),
                        tokens,
                        fresh,
                        Markup.div("token-form", name, days, make)),
                Markup.section("panel", getTranslation("scim.groups"), groups));
        refreshTokens();
        refreshGroups();
    }

    private void refreshTokens() {
        tokens.removeAll();
        try {
            var now = clock.instant();
            var all = scim.tokens(caller).stream().filter(each -> each.good(now)).toList();
            if (all.isEmpty()) {
                tokens.add(
                        new EmptyState(
                                Glyph.UNPLUGGED,
                                getTranslation("scim.empty.title"),
                                getTranslation("scim.empty.text")));
                return;
            }
            var items = new UnorderedList();
            items.setClassName("plain-list");
            all.forEach(each -> items.add(item(each)));
            tokens.add(items);
        } catch (WebException e) {
            tokens.add(new Trouble(e));
        }
    }

    private ListItem item(ScimSettings.Token token) {
        var revoke = new Button(getTranslation("scim.token.revoke"));
        revoke.setAriaLabel(getTranslation("scim.token.revoke.of", token.name()));
        revoke.addThemeVariants(ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_ERROR);
        revoke.addClickListener(click -> revoke(token));
        var used = token.lastUsedAt();
        Component last =
                used == null
                        ? new Span(getTranslation("scim.token.unused"))
                        : line("scim.token.used", time(used));
        return Markup.with(
                new ListItem(
                        Markup.div(
                                "setting-text",
                                Markup.div(
                                        "setting-name",
                                        new H3(token.name()),
                                        new Code(token.prefix() + "…")),
                                line("scim.token.until", time(token.expiresAt())),
                                last),
                        Markup.div("setting-actions", revoke)),
                "setting");
    }

    private Div line(String key, Component time) {
        return Markup.div("setting-detail", new Span(getTranslation(key)), time);
    }

    private TimeText time(Instant moment) {
        return new TimeText(moment.toEpochMilli(), getLocale());
    }

    private void make() {
        fresh.removeAll();
        Integer lasts = days.getValue();
        try {
            var made =
                    scim.createToken(
                            caller,
                            UUID.randomUUID().toString(),
                            name.getValue(),
                            Duration.ofDays(lasts == null ? 0 : lasts));
            name.clear();
            var secret = new Code(made.secret());
            secret.setId("scim-token");
            fresh.add(
                    Markup.role(
                            Markup.div(
                                    "callout callout-warn",
                                    Glyph.LOCK.draw(),
                                    Markup.div(
                                            "",
                                            Markup.span(
                                                    "callout-title",
                                                    getTranslation("scim.token.once")),
                                            Markup.with(secret, "callout-detail"),
                                            CopyButton.ofElement(
                                                    "scim-token",
                                                    getTranslation("scim.token.copy")))),
                            "status"));
            refreshTokens();
        } catch (WebException e) {
            fresh.add(new Trouble(e));
        }
    }

    private void revoke(ScimSettings.Token token) {
        var typed = new TextField(getTranslation("scim.token.type", token.name()));
        typed.setWidthFull();
        new Confirmation(
                        getTranslation("scim.token.revoke.of", token.name()),
                        getTranslation("scim.token.revoke.text"),
                        getTranslation("scim.token.revoke"),
                        () -> {
                            if (!typed.getValue().strip().equals(token.name())) {
                                throw WebException.invalid(
                                        "name", getTranslation("scim.token.type", token.name()));
                            }
                            scim.revokeToken(caller, UUID.randomUUID().toString(), token.id());
                            refreshTokens();
                        },
                        typed)
                .open();
    }

    private void refreshGroups() {
        groups.removeAll();
        try {
            ScimSettings.Groups now = scim.groups(caller);
            var editor = new MappingEditor(now.mapping(), roles);
            var outcome = Markup.div("");
            var save = new Button(getTranslation("scim.groups.save"));
            save.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
            save.addClickListener(click -> {
                outcome.removeAll();
                try {
                    scim.setGroups(
                            caller, UUID.randomUUID().toString(), now.version(), editor.mapping());
                    refreshGroups();
                } catch (WebException e) {
                    outcome.add(new Trouble(e));
                }
            });
            groups.add(
                    Markup.paragraph("hint", getTranslation("scim.groups.people", now.users())),
                    editor,
                    outcome,
                    save);
        } catch (WebException e) {
            groups.add(new Trouble(e));
        }
    }
}
