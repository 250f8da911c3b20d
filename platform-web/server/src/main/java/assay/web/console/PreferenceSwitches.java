package assay.web.console;

import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.i18n.LocaleChangeEvent;
import com.vaadin.flow.i18n.LocaleChangeObserver;
import com.vaadin.flow.server.VaadinRequest;

/** Language and theme: two rows of buttons, each remembered by the browser. */
public class PreferenceSwitches extends Div implements LocaleChangeObserver {
    private static final long serialVersionUID = 1L;

    private ThemeChoice theme;

    public PreferenceSwitches() {
        setClassName("switches");
        var request = VaadinRequest.getCurrent();
        theme = request == null ? ThemeChoice.AUTO : Preferences.of(request).theme();
    }

    @Override
    public void localeChange(LocaleChangeEvent event) {
        removeAll();
        add(languages(event.getUI()), themes(event.getUI()));
    }

    private Div languages(UI ui) {
        var group = group(getTranslation("language.label"));
        for (Language each : Language.values()) {
            var button = choice(Language.of(ui.getLocale()) == each);
            button.setText(getTranslation(each.nameKey()));
            button.getElement().setAttribute("lang", each.tag());
            button.addClickListener(click -> {
                Preferences.remember(ui, each);
                ui.setLocale(each.locale());
            });
            group.add(button);
        }
        return group;
    }

    private Div themes(UI ui) {
        var group = group(getTranslation("theme.label"));
        for (ThemeChoice each : ThemeChoice.values()) {
            var button = choice(theme == each);
            String name = getTranslation(each.nameKey());
            button.setTitle(name);
            button.add(each.glyph().draw(), Markup.readOut(name));
            button.addClickListener(click -> {
                theme = each;
                Preferences.remember(ui, each);
                group.getChildren()
                        .forEach(other -> press((NativeButton) other, other.equals(button)));
            });
            group.add(button);
        }
        return group;
    }

    private static Div group(String name) {
        var group = Markup.role(Markup.div("segments"), "group");
        group.getElement().setAttribute("aria-label", name);
        return group;
    }

    private static NativeButton choice(boolean pressed) {
        var button = Markup.with(new NativeButton(), "segment");
        button.getElement().setAttribute("type", "button");
        press(button, pressed);
        return button;
    }

    private static void press(NativeButton button, boolean pressed) {
        button.getElement().setAttribute("aria-pressed", Boolean.toString(pressed));
    }

    /** The name beside the mark, as it stands on every page. */
    public static Span brand(String name) {
        var brand = Markup.with(new Span(), "brand");
        brand.add(Glyph.MARK.draw(), Markup.span("brand-name", name));
        return brand;
    }
}
