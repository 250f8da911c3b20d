package assay.web.console;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.UIInitEvent;
import com.vaadin.flow.server.VaadinRequest;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import org.springframework.stereotype.Component;

/** Gives each page the theme and each UI the language that its browser remembers. */
@Component
class ConsoleStart implements VaadinServiceInitListener {
    private static final long serialVersionUID = 1L;

    private final BundleTranslations translations;

    ConsoleStart(BundleTranslations translations) {
        this.translations = translations;
    }

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(ConsoleStart::preparePage);
        event.getSource().setSystemMessagesProvider(new FrameworkTexts(translations));
        event.getSource().addUIInitListener(ConsoleStart::prepareUi);
    }

    private static void preparePage(IndexHtmlResponse response) {
        var request = response.getVaadinRequest();
        var preferences = Preferences.of(request);
        var page = response.getDocument().child(0);
        page.attr("data-theme", preferences.theme().id());
        page.attr(
                "lang",
                preferences.language().orElseGet(() -> Language.of(request.getLocale())).tag());
    }

    private static void prepareUi(UIInitEvent event) {
        var request = VaadinRequest.getCurrent();
        if (request != null) {
            var language =
                    Preferences.of(request)
                            .language()
                            .orElseGet(() -> Language.of(request.getLocale()));
            event.getUI().setLocale(language.locale());
        }
    }
}
