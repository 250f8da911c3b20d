package assay.web.console.part;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import java.util.Locale;

/** A moment as the time since or until then, kept true by the browser; its tooltip is the date. */
@Tag("assay-time")
@JsModule("context://components/assay-time.js")
public class TimeText extends Component {
    private static final long serialVersionUID = 1L;

    public TimeText(long unixMillis, Locale locale) {
        getElement().setAttribute("lang", locale.toLanguageTag());
        set(unixMillis);
    }

    public final void set(long unixMillis) {
        getElement().setAttribute("datetime", Long.toString(unixMillis));
    }
}
