package assay.web.console;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The languages of the console. */
public enum Language {
    ENGLISH("en", Locale.ENGLISH, "language.english"),
    CHINESE("zh-CN", Locale.SIMPLIFIED_CHINESE, "language.chinese");

    private final String tag;
    private final Locale locale;
    private final String nameKey;

    Language(String tag, Locale locale, String nameKey) {
        this.tag = tag;
        this.locale = locale;
        this.nameKey = nameKey;
    }

    /** BCP 47. */
    public String tag() {
        return tag;
    }

    public Locale locale() {
        return locale;
    }

    /** The key of its name, which is in that language everywhere. */
    public String nameKey() {
        return nameKey;
    }

    static List<Locale> locales() {
        return Arrays.stream(values()).map(Language::locale).toList();
    }

    static Optional<Language> ofTag(String tag) {
        return Arrays.stream(values()).filter(each -> each.tag.equals(tag)).findFirst();
    }

    /** The console's language for a locale: by its language alone, English otherwise. */
    public static Language of(Locale locale) {
        return locale.getLanguage().equals(CHINESE.locale.getLanguage()) ? CHINESE : ENGLISH;
    }
}
