package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.federation.ExternalLinks;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.server.VaadinSession;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.annotation.Order;

/** By which of the tenant's providers the person comes; a link is made and cut here alone. */
@org.springframework.stereotype.Component
@Order(20)
class LinkedSignInSection implements AccountSection {
    private final ObjectProvider<ExternalLinks> links;

    LinkedSignInSection(ObjectProvider<ExternalLinks> links) {
        this.links = links;
    }

    @Override
    public Component create(Caller caller) {
        return new Panel(links.getObject(), caller);
    }

    private static final class Panel extends Div {
        private static final long serialVersionUID = 1L;

        private final transient ExternalLinks links;
        private final transient Caller caller;
        private final Div body = Markup.div("");

        Panel(ExternalLinks links, Caller caller) {
            this.links = links;
            this.caller = caller;
            setClassName("panel");
            add(
                    Markup.section(
                            "",
                            getTranslation("link.title"),
                            Markup.paragraph("hint", getTranslation("link.text")),
                            body));
            show();
        }

        private void show() {
            body.removeAll();
            List<ExternalLinks.Own> all = links.own(caller);
            if (all.isEmpty()) {
                body.add(Markup.paragraph("hint", getTranslation("link.none")));
                return;
            }
            var items = new UnorderedList();
            items.setClassName("plain-list");
            all.forEach(each -> items.add(item(each)));
            body.add(items);
        }

        private ListItem item(ExternalLinks.Own own) {
            var actions = Markup.div("setting-actions");
            if (own.linkedAt().isEmpty()) {
                var make = new Button(getTranslation("link.make"), click -> begin(own));
                make.setAriaLabel(getTranslation("link.make.of", own.name()));
                actions.add(make);
            } else if (!own.managed()) {
                var cut = new Button(getTranslation("link.cut"), click -> cut(own));
                cut.setAriaLabel(getTranslation("link.cut.of", own.name()));
                actions.add(cut);
            }
            String state =
                    own.managed() ? "managed" : own.linkedAt().isPresent() ? "linked" : "open";
            return Markup.with(
                    new ListItem(
                            Markup.div(
                                    "setting-text",
                                    Markup.span("setting-title", own.name()),
                                    new Span(getTranslation("link.state." + state))),
                            actions),
                    "setting");
        }

        private void begin(ExternalLinks.Own own) {
            var session = VaadinSession.getCurrent().getSession();
            String address = links.begin(caller, own.providerId(), session::setAttribute);
            getUI().ifPresent(ui -> ui.getPage().setLocation(address));
        }

        private void cut(ExternalLinks.Own own) {
            try {
                links.cut(caller, UUID.randomUUID().toString(), own.providerId());
                show();
            } catch (WebException e) {
                show();
                body.add(new Trouble(e));
            }
        }
    }
}
