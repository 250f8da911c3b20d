package assay.web.console.signin;

import assay.web.identity.account.AccountLinks;
import com.vaadin.flow.server.VaadinSession;

/** From where the visitor comes, before anybody is known. */
final class Strangers {
    private Strangers() {}

    static AccountLinks.From here() {
        VaadinSession session = VaadinSession.getCurrent();
        var browser = session == null ? null : session.getBrowser();
        return browser == null
                ? new AccountLinks.From("unknown", null)
                : new AccountLinks.From(
                        String.valueOf(browser.getAddress()), browser.getUserAgent());
    }
}
