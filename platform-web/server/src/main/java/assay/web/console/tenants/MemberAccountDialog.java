package assay.web.console.tenants;

import assay.web.WebException;
import assay.web.console.account.SessionList;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Markup;
import assay.web.identity.account.AccountRescue;
import assay.web.identity.account.WebSessions;
import assay.web.tenants.AdminCall;
import assay.web.tenants.Members.Member;
import com.vaadin.flow.component.ModalityMode;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Help for a member who can not get in, and where he is signed in. */
class MemberAccountDialog extends Dialog {
    private static final long serialVersionUID = 1L;
    private static final String LINK_ID = "password-link";

    private final transient AccountRescue rescue;
    private final transient WebSessions sessions;
    private final transient AdminCall call;
    private final transient Member member;
    private final Div said = Markup.role(Markup.div(""), "status");
    private final Div list = Markup.div("");

    MemberAccountDialog(AccountRescue rescue, WebSessions sessions, AdminCall call, Member member) {
        this.rescue = rescue;
        this.sessions = sessions;
        this.call = call;
        this.member = member;
        setHeaderTitle(getTranslation("members.account.title", member.name()));
        addClassName("form-dialog");
        setModality(ModalityMode.STRICT);
        add(
                Markup.div(
                        "form-dialog-body",
                        Markup.div(
                                "buttons",
                                button("members.account.link", this::link),
                                button("members.account.factor", this::removeFactor),
                                button("members.account.end-all", () -> end(null))),
                        said,
                        list));
        getFooter().add(new Button(getTranslation("members.account.close"), click -> close()));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
        attempt(this::showSessions);
    }

    private Button button(String key, Runnable action) {
        return new Button(getTranslation(key), click -> attempt(action));
    }

    private void attempt(Runnable action) {
        said.removeAll();
        try {
            action.run();
        } catch (WebException e) {
            said.add(new Trouble(e));
        }
    }

    private void link() {
        var made = rescue.createReset(call.caller(), call.requestId(), member.userId());
        var path = Markup.with(new Code("/" + made.path()), "command secret");
        path.setId(LINK_ID);
        said.add(
                Markup.paragraph("", getTranslation("members.account.link.text", member.name())),
                path,
                CopyButton.ofPath(made.path(), getTranslation("members.account.link.copy")));
    }

    private void removeFactor() {
        rescue.removeSecondFactor(call.caller(), call.requestId(), member.userId());
        said.add(new Span(getTranslation("members.account.factor.done")));
    }

    /**
     * @param session null for all
     */
    private void end(@Nullable UUID session) {
        sessions.endOfMember(call.caller(), call.requestId(), member.userId(), session);
        showSessions();
    }

    private void showSessions() {
        list.removeAll();
        var now = sessions.ofMember(call.caller(), member.userId());
        list.add(
                now.isEmpty()
                        ? Markup.paragraph("hint", getTranslation("members.account.none"))
                        : new SessionList(now, id -> attempt(() -> end(id))));
    }
}
