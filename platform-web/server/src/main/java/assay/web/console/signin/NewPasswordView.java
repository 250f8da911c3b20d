package assay.web.console.signin;

import assay.web.identity.account.PasswordRule;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;

/**
 * The last step of a sign-in with a password that others know. It can not be passed by: nobody is
 * signed in before it.
 */
@Route(value = "sign-in/new-password", autoLayout = false)
@AnonymousAllowed
public class NewPasswordView extends DoorView {
    private static final long serialVersionUID = 1L;

    NewPasswordView() {
        super("sign-in.new.title");
    }

    @Override
    Component[] middle() {
        var form = new PlainForm("sign-in/new-password");
        value("problem")
                .ifPresent(problem ->
                        form.refusal(
                                getTranslation("password.refused"),
                                getTranslation("password.problem." + problem, PasswordRule.LEAST)));
        form.hint(getTranslation("sign-in.new.text", PasswordRule.LEAST));
        form.password("password", "new-password", "password.new", "sign-in.password.empty");
        form.password("again", "new-password", "password.again", "sign-in.password.empty");
        form.submit(getTranslation("sign-in.new.go"));
        return new Component[] {form};
    }
}
