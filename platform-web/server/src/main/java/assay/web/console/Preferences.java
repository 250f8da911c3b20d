package assay.web.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.server.VaadinRequest;
import jakarta.servlet.http.Cookie;
import java.util.Optional;

/**
 * What a browser remembers of how it wants the console: two cookies that hold no secret, read with
 * the first request so that the page is right from its first paint.
 *
 * @param language empty to go by what the browser asks for
 */
record Preferences(ThemeChoice theme, Optional<Language> language) {
    private static final String THEME = "assay-theme";
    private static final String LANGUAGE = "assay-language";
    private static final int YEAR_SECONDS = 365 * 24 * 3600;

    static Preferences of(VaadinRequest request) {
        return new Preferences(
                cookie(request, THEME).map(ThemeChoice::ofId).orElse(ThemeChoice.AUTO),
                cookie(request, LANGUAGE).flatMap(Language::ofTag));
    }

    static void remember(UI ui, ThemeChoice theme) {
        ui.getPage().executeJs("document.documentElement.dataset.theme = $0", theme.id());
        write(ui, THEME, theme.id());
    }

    static void remember(UI ui, Language language) {
        ui.getPage().executeJs("document.documentElement.lang = $0", language.tag());
        write(ui, LANGUAGE, language.tag());
    }

    // By the browser: an answer that went through the socket could not carry a cookie.
    private static void write(UI ui, String name, String value) {
        ui.getPage()
                .executeJs(
                        "document.cookie = `${$0}=${$1}; path=/; max-age=${$2}; samesite=lax`"
                                + " + (location.protocol === 'https:' ? '; secure' : '')",
                        name,
                        value,
                        YEAR_SECONDS);
    }

    private static Optional<String> cookie(VaadinRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(name)) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }
}
