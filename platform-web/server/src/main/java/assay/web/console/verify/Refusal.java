package assay.web.console.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/**
 * Why nothing was begun: in the visitor's language, with what the service said and when to try
 * again.
 */
class Refusal extends Div {
    private static final long serialVersionUID = 1L;

    Refusal(WebException refusal) {
        setClassName("callout callout-bad");
        var text = Markup.div("", Markup.span("callout-title", title(refusal.code())));
        if (!refusal.detail().isBlank() && refusal.code() != ErrorCode.INTERNAL) {
            text.add(Markup.span("callout-detail", refusal.detail()));
        }
        refusal.retryAfter()
                .ifPresent(wait ->
                        text.add(
                                new Span(
                                        getTranslation(
                                                "error.retry", Math.max(1, wait.toSeconds())))));
        add(Glyph.WARNING.draw(), text);
    }

    private String title(ErrorCode code) {
        return getTranslation("error." + code.slug());
    }
}
