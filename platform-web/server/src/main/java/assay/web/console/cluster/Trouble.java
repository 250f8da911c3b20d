package assay.web.console.cluster;

import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** Why something was not done: what kind of trouble in the visitor's language, and its detail. */
public class Trouble extends Div {
    private static final long serialVersionUID = 1L;

    public Trouble(WebException trouble) {
        setClassName("callout callout-bad");
        Markup.role(this, "alert");
        var text =
                Markup.div(
                        "",
                        Markup.span(
                                "callout-title", getTranslation("error." + trouble.code().slug())));
        if (trouble.code().kind() == ErrorKind.USER
                || trouble.code().kind() == ErrorKind.CONFLICT
                || trouble.code().kind() == ErrorKind.NOT_FOUND) {
            // What the scheduler says of the values: in English, with the values in it.
            var detail = Markup.span("callout-detail", trouble.detail());
            detail.getElement().setAttribute("lang", "en");
            text.add(detail);
        }
        trouble.retryAfter()
                .ifPresent(wait ->
                        text.add(
                                new Span(
                                        getTranslation(
                                                "error.retry",
                                                Math.max(1, wait.plusMillis(999).toSeconds())))));
        add(Glyph.WARNING.draw(), text);
    }
}
