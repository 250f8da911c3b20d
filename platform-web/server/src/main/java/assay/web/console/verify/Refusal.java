package assay.web.console.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.time.Duration;

/**
 * Why nothing was begun, from the refusal's code and data in the visitor's language, and when to
 * try again.
 */
class Refusal extends Div {
    private static final long serialVersionUID = 1L;

    Refusal(WebException refusal) {
        setClassName("callout callout-bad");
        var text = Markup.div("", Markup.span("callout-title", title(refusal.code())));
        refusal.limit().ifPresent(limit -> text.add(new Span(words(limit))));
        refusal.retryAfter()
                .ifPresent(
                        wait -> text.add(new Span(getTranslation("error.retry", roundedUp(wait)))));
        refusal.limit()
                .filter(limit -> limit.whose().isEmpty())
                .ifPresent(limit -> text.add(new Span(getTranslation("limit.sign-in"))));
        add(Glyph.WARNING.draw(), text);
    }

    /** Guests have limits of their own; those of others are an administrator's. */
    private String words(WebException.Limit limit) {
        return limit.whose().isEmpty()
                ? getTranslation("limit." + limit.name(), limit.count())
                : getTranslation(
                        "limit.quota",
                        getTranslation("quotas.kind." + limit.name()),
                        limit.count(),
                        getTranslation("limit.whose." + limit.whose()));
    }

    /** In seconds: who waits so long does not come too early. */
    private static long roundedUp(Duration wait) {
        return Math.max(1, wait.plusMillis(999).toSeconds());
    }

    private String title(ErrorCode code) {
        return getTranslation("error." + code.slug());
    }
}
