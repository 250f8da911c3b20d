package assay.web.console.account;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.account.MyAccount;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import java.util.UUID;

/** Where the person is signed in. */
class SessionSection extends Div {
    private static final long serialVersionUID = 1L;

    private final transient MyAccount account;
    private final transient Caller caller;
    private final Div body = Markup.div("");

    SessionSection(MyAccount account, Caller caller) {
        this.account = account;
        this.caller = caller;
        setClassName("panel account-wide");
        add(
                Markup.section(
                        "",
                        getTranslation("session.list.title"),
                        Markup.paragraph("hint", getTranslation("session.list.text")),
                        body));
        show();
    }

    private void show() {
        body.removeAll();
        try {
            var sessions = account.sessions(caller);
            body.add(new SessionList(sessions, this::end));
            if (sessions.stream().anyMatch(each -> !each.current())) {
                body.add(
                        Markup.div(
                                "account-actions",
                                new Button(
                                        getTranslation("session.end-others"),
                                        click -> endOthers())));
            }
        } catch (WebException e) {
            body.add(new Trouble(e));
        }
    }

    private void end(UUID id) {
        act(() -> account.endSession(caller, id));
    }

    private void endOthers() {
        act(() -> account.endOtherSessions(caller));
    }

    private void act(Runnable action) {
        try {
            action.run();
            show();
        } catch (WebException e) {
            show();
            body.add(new Trouble(e));
        }
    }
}
