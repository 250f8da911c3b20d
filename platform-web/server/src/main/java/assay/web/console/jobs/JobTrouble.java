package assay.web.console.jobs;

import assay.web.ErrorKind;
import assay.web.WebException;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;

/** Why something could not be done; of a file's bad line the service's own words. */
class JobTrouble extends Div {
    private static final long serialVersionUID = 1L;

    JobTrouble(WebException refusal) {
        setClassName("callout callout-bad");
        Markup.role(this, "alert");
        var text =
                Markup.div(
                        "",
                        Markup.span(
                                "callout-title", getTranslation("error." + refusal.code().slug())));
        if (refusal.code().kind() == ErrorKind.USER) {
            text.add(Markup.with(new Code(refusal.detail()), "callout-detail"));
        }
        add(Glyph.WARNING.draw(), text);
    }
}
