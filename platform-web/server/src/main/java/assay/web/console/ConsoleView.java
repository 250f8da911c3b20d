package assay.web.console;

import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.i18n.LocaleChangeEvent;
import com.vaadin.flow.i18n.LocaleChangeObserver;
import com.vaadin.flow.router.HasDynamicTitle;

/**
 * The main part of a page. It is built when it is shown and built again when the language changes;
 * what was typed or asked for is kept by the view itself.
 */
public abstract class ConsoleView extends Main implements HasDynamicTitle, LocaleChangeObserver {
    private static final long serialVersionUID = 1L;

    /** What the skip link jumps to. */
    static final String ID = "main";

    private final String titleKey;

    protected ConsoleView(String css, String titleKey) {
        this.titleKey = titleKey;
        setId(ID);
        setClassName("view " + css);
        getElement().setAttribute("tabindex", "-1");
    }

    /** Fills the empty view in the language of now. */
    protected abstract void build();

    @Override
    public String getPageTitle() {
        return getTranslation("page.title", getTranslation(titleKey));
    }

    @Override
    public void localeChange(LocaleChangeEvent event) {
        removeAll();
        build();
        event.getUI().getPage().setTitle(getPageTitle());
        FrameworkTexts.translate(event.getUI());
    }
}
