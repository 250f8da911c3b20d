package assay.web.console;

import com.vaadin.flow.i18n.I18NProvider;
import java.text.MessageFormat;
import java.util.List;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import org.springframework.stereotype.Component;

/**
 * Texts from {@code translations*.properties}; every one is a {@link MessageFormat}, so an
 * apostrophe is always written twice. Thread-safe.
 */
@Component
public class BundleTranslations implements I18NProvider {
    private static final long serialVersionUID = 1L;
    private static final String BUNDLE = "translations";
    private static final ResourceBundle.Control ENGLISH_IS_THE_ROOT =
            ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES);

    @Override
    public List<Locale> getProvidedLocales() {
        return Language.locales();
    }

    @Override
    public Locale getDefaultLocale() {
        return Language.ENGLISH.locale();
    }

    /** A key without a text shows itself in marks: a gap is seen, and a view still stands. */
    @Override
    public String getTranslation(String key, Locale locale, Object... parameters) {
        try {
            var bundle = ResourceBundle.getBundle(BUNDLE, locale, ENGLISH_IS_THE_ROOT);
            return new MessageFormat(bundle.getString(key), locale).format(parameters);
        } catch (MissingResourceException e) {
            return "!" + key + "!";
        }
    }
}
