package assay.web.console;

import assay.web.console.part.Glyph;
import java.util.Arrays;
import java.util.Locale;

/** Light, dark, or as the system has it. */
public enum ThemeChoice {
    AUTO(Glyph.HALF, "theme.auto"),
    LIGHT(Glyph.SUN, "theme.light"),
    DARK(Glyph.MOON, "theme.dark");

    private final Glyph glyph;
    private final String nameKey;

    ThemeChoice(Glyph glyph, String nameKey) {
        this.glyph = glyph;
        this.nameKey = nameKey;
    }

    /** As it stands in the cookie and in the page's {@code data-theme}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    Glyph glyph() {
        return glyph;
    }

    String nameKey() {
        return nameKey;
    }

    static ThemeChoice ofId(String id) {
        return Arrays.stream(values())
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElse(AUTO);
    }
}
