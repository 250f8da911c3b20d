package assay.web.console;

import assay.web.WebException;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import jakarta.servlet.http.HttpServletResponse;

/** A visitor may not come in, mostly a guest where no guests are taken: he is sent to sign in. */
@AnonymousAllowed
class RefusedView extends NoticeView implements HasErrorParameter<WebException> {
    private static final long serialVersionUID = 1L;

    RefusedView() {
        super("refused");
    }

    @Override
    public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<WebException> parameter) {
        return HttpServletResponse.SC_FORBIDDEN;
    }
}
