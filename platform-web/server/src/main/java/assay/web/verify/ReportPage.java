package assay.web.verify;

import java.util.Locale;

final class ReportPage {
    private final Locale locale;

    ReportPage(Locale locale) {
        this.locale = locale;
    }

    String render(StoredVerification stored) {
        return locale + stored.requestId();
    }
}
