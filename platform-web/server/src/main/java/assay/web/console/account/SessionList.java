package assay.web.console.account;

import assay.web.console.part.Markup;
import assay.web.console.part.Pill;
import assay.web.console.part.TimeText;
import assay.web.identity.account.WebSession;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Somebody's sessions, each with a button that ends it. */
public class SessionList extends UnorderedList {
    private static final long serialVersionUID = 1L;

    /**
     * In the order in which they are looked for: each of the later ones calls itself the former
     * too.
     */
    private static final List<String> BROWSERS =
            List.of("Edg", "OPR", "Firefox", "Chrome", "Safari");

    private static final List<String> SYSTEMS =
            List.of("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux");

    /**
     * @param onEnd is told which
     */
    public SessionList(List<WebSession> sessions, Consumer<UUID> onEnd) {
        setClassName("account-list");
        UI ui = UI.getCurrent();
        Locale locale = ui == null ? Locale.ENGLISH : ui.getLocale();
        sessions.forEach(each -> add(item(each, locale, onEnd)));
    }

    private ListItem item(WebSession session, Locale locale, Consumer<UUID> onEnd) {
        var head = Markup.div("account-line", Markup.span("strong", device(session.userAgent())));
        if (session.current()) {
            head.add(new Pill(Pill.Tone.GOOD, getTranslation("session.current")));
        }
        var facts =
                Markup.div(
                        "account-facts hint",
                        Markup.span("mono", session.sourceIp() == null ? "" : session.sourceIp()),
                        new Span(getTranslation("session.method." + session.method())),
                        fact("session.since", session.createdAt().toEpochMilli(), locale),
                        fact("session.seen", session.lastSeenAt().toEpochMilli(), locale));
        var item = new ListItem(Markup.div("account-item", head, facts));
        if (!session.current()) {
            var end = new Button(getTranslation("session.end"));
            end.setDisableOnClick(true);
            end.setAriaLabel(getTranslation("session.end.which", device(session.userAgent())));
            end.addClickListener(click -> onEnd.accept(session.id()));
            item.add(end);
        }
        return item;
    }

    private Div fact(String key, long millis, Locale locale) {
        return Markup.div(
                "account-fact", new Span(getTranslation(key)), new TimeText(millis, locale));
    }

    /** What people recognise a browser by: its name and the system that it runs on. */
    private String device(@Nullable String userAgent) {
        if (userAgent == null) {
            return getTranslation("session.unknown");
        }
        String browser =
                BROWSERS.stream()
                        .filter(userAgent::contains)
                        .findFirst()
                        .map(SessionList::name)
                        .orElse("");
        String system = SYSTEMS.stream().filter(userAgent::contains).findFirst().orElse("");
        if (browser.isEmpty() && system.isEmpty()) {
            return getTranslation("session.unknown");
        }
        return browser.isEmpty() || system.isEmpty()
                ? browser + system
                : getTranslation("session.device", browser, system.replace(" X", ""));
    }

    private static String name(String mark) {
        return switch (mark) {
            case "Edg" -> "Edge";
            case "OPR" -> "Opera";
            default -> mark;
        };
    }
}
