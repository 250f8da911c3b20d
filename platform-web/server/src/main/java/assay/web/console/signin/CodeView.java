package assay.web.console.signin;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;

/** The second step of a sign-in, for who has a second factor. */
@Route(value = "sign-in/code", autoLayout = false)
@AnonymousAllowed
public class CodeView extends DoorView {
    private static final long serialVersionUID = 1L;

    CodeView() {
        super("sign-in.code.title");
    }

    @Override
    Component[] middle() {
        var form = new PlainForm("sign-in/code");
        if (told("error")) {
            form.refusal(
                    getTranslation("sign-in.refused.title"), getTranslation("sign-in.code.wrong"));
        }
        value("wait")
                .ifPresent(seconds ->
                        form.refusal(
                                getTranslation("sign-in.wait.title"),
                                getTranslation("sign-in.wait.text", seconds)));
        form.hint(getTranslation("sign-in.code.text"));
        form.field("code", "one-time-code", "sign-in.code", "sign-in.code.empty");
        form.submit(getTranslation("sign-in.go"));
        return new Component[] {form};
    }
}
