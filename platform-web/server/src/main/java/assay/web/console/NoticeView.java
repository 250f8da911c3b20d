package assay.web.console;

import assay.web.console.part.EmptyState;
import assay.web.console.part.Glyph;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.H1;

/** A page that says why there is no other. */
abstract class NoticeView extends ConsoleView {
    private static final long serialVersionUID = 1L;

    private final String key;

    /**
     * @param key the texts are under its {@code .title} and {@code .text}
     */
    NoticeView(String key) {
        super("notice", key + ".title");
        this.key = key;
    }

    @Override
    protected void build() {
        var home = new Anchor(".", getTranslation("missing.home"));
        home.setClassName("button");
        home.setRouterIgnore(true);
        add(
                new H1(PreferenceSwitches.brand(getTranslation("app.name"))),
                new EmptyState(
                        Glyph.QUESTION,
                        getTranslation(key + ".title"),
                        getTranslation(key + ".text"),
                        home));
    }
}
