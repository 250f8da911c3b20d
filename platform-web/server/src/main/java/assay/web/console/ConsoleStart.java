package assay.web.console;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.UIInitEvent;
import com.vaadin.flow.server.VaadinRequest;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import org.springframework.stereotype.Component;

/** Gives each page its theme, and each UI its language and the gate before its views. */
@Component
class ConsoleStart implements VaadinServiceInitListener {
    private static final long serialVersionUID = 1L;

    private final BundleTranslations translations;
    private final transient ViewGate gate;

    ConsoleStart(BundleTranslations translations, ViewGate gate) {
        this.translations = translations;
        this.gate = gate;
    }

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(ConsoleStart::preparePage);
        event.getSource().setSystemMessagesProvider(new FrameworkTexts(translations));
        event.getSource().addUIInitListener(this::prepareUi);
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

    private void prepareUi(UIInitEvent event) {
        event.getUI().addBeforeEnterListener(gate::check);
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
