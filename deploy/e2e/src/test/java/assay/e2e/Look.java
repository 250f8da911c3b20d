package assay.e2e;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a person sees the console.
 *
 * @param width of the window in CSS pixels
 */
record Look(int width, String locale, ColorScheme scheme) {
    private static final int DESKTOP = 1440;
    private static final int PHONE = 390;

    /**
     * Two that have little in common; all eight with {@code -Dassay.looks=all}, for somebody who
     * looks at the photographs.
     */
    static List<Look> chosen() {
        if (!"all".equals(System.getProperty("assay.looks"))) {
            return List.of(
                    new Look(DESKTOP, "en-GB", ColorScheme.LIGHT),
                    new Look(PHONE, "zh-CN", ColorScheme.DARK));
        }
        List<Look> all = new ArrayList<>();
        for (int width : new int[] {DESKTOP, PHONE}) {
            for (String locale : List.of("en-GB", "zh-CN")) {
                for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                    all.add(new Look(width, locale, scheme));
                }
            }
        }
        return all;
    }

    /** Of a browser in which the person of that storage is signed in. */
    Browser.NewContextOptions context(String storage) {
        return new Browser.NewContextOptions()
                .setViewportSize(width, 1100)
                .setLocale(locale)
                .setColorScheme(scheme)
                .setStorageState(storage);
    }

    /** For the name of a photograph. */
    String name() {
        return (width == PHONE ? "phone" : "desktop")
                + "-"
                + locale.substring(0, 2)
                + "-"
                + scheme.name().toLowerCase(Locale.ROOT);
    }
}
