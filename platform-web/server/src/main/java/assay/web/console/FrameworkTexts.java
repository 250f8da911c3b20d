package assay.web.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.server.CustomizedSystemMessages;
import com.vaadin.flow.server.SystemMessages;
import com.vaadin.flow.server.SystemMessagesInfo;
import com.vaadin.flow.server.SystemMessagesProvider;
import java.util.Locale;

/** What the framework says by itself, of lost connections and errors, in the visitor's language. */
final class FrameworkTexts implements SystemMessagesProvider {
    private static final long serialVersionUID = 1L;

    private final BundleTranslations translations;

    FrameworkTexts(BundleTranslations translations) {
        this.translations = translations;
    }

    @Override
    public SystemMessages getSystemMessages(SystemMessagesInfo info) {
        Locale locale = Language.of(info.getLocale()).locale();
        var messages = new CustomizedSystemMessages();
        messages.setInternalErrorCaption(translations.getTranslation("failure.title", locale));
        messages.setInternalErrorMessage(translations.getTranslation("failure.text", locale));
        messages.setSessionExpiredCaption(translations.getTranslation("session.title", locale));
        messages.setSessionExpiredMessage(translations.getTranslation("session.text", locale));
        messages.setCookiesDisabledCaption(translations.getTranslation("cookies.title", locale));
        messages.setCookiesDisabledMessage(translations.getTranslation("cookies.text", locale));
        return messages;
    }

    /** The sign of the connection, in the language that the UI has now. */
    static void translate(UI ui) {
        var reconnecting = ui.getReconnectDialogConfiguration();
        reconnecting.setDialogText(ui.getTranslation("connection.reconnecting"));
        reconnecting.setDialogTextGaveUp(ui.getTranslation("connection.offline"));
        ui.getPage()
                .executeJs(
                        "const sign = window.Vaadin?.connectionIndicator;"
                                + " if (sign) { sign.onlineText = $0; }",
                        ui.getTranslation("connection.online"));
    }
}
