package assay.web.verify;

import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.ResourceBundle;

/** The report's words and figures in one language. Immutable. */
final class ReportTexts {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final Locale locale;
    private final ResourceBundle bundle;

    private ReportTexts(Locale locale) {
        this.locale = locale;
        // Without the fallback to the machine's own language: English is the root.
        this.bundle =
                ResourceBundle.getBundle(
                        "assay.web.verify.report",
                        locale,
                        ResourceBundle.Control.getNoFallbackControl(
                                ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** Chinese for any tag of that language, else English. */
    static ReportTexts in(String languageTag) {
        boolean chinese = Locale.forLanguageTag(languageTag).getLanguage().equals("zh");
        return new ReportTexts(chinese ? Locale.SIMPLIFIED_CHINESE : Locale.ENGLISH);
    }

    /** As {@code lang} says it. */
    String languageTag() {
        return locale.equals(Locale.SIMPLIFIED_CHINESE) ? "zh-CN" : "en";
    }

    String get(String key, Object... values) {
        String pattern = bundle.getString(key);
        return values.length == 0 ? pattern : new MessageFormat(pattern, locale).format(values);
    }

    boolean has(String key) {
        return bundle.containsKey(key);
    }

    String time(Instant instant) {
        return UTC.format(instant);
    }

    /** Seconds to two places. */
    String seconds(long millis) {
        return String.format(locale, "%.2f s", millis / 1000.0);
    }

    String between(Instant from, Instant to) {
        return seconds(Math.max(0, Duration.between(from, to).toMillis()));
    }
}
