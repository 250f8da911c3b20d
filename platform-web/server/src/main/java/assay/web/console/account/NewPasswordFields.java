package assay.web.console.account;

import assay.web.identity.account.PasswordRule;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.PasswordField;
import java.util.Optional;
import java.util.function.Function;

/** A new password, twice; what is wrong is said at the field. */
public class NewPasswordFields extends Div {
    private static final long serialVersionUID = 1L;

    private final PasswordField fresh = new PasswordField();
    private final PasswordField again = new PasswordField();

    public NewPasswordFields() {
        setClassName("account-fields");
        fresh.setLabel(getTranslation("password.new"));
        fresh.setHelperText(getTranslation("password.help", PasswordRule.LEAST));
        fresh.setMaxLength(PasswordRule.MOST);
        fresh.getElement().setAttribute("autocomplete", "new-password");
        again.setLabel(getTranslation("password.again"));
        again.setMaxLength(PasswordRule.MOST);
        again.getElement().setAttribute("autocomplete", "new-password");
        add(fresh, again);
    }

    public String value() {
        return fresh.getValue();
    }

    public void clear() {
        fresh.clear();
        again.clear();
    }

    /**
     * Whether it can be taken.
     *
     * @param rule says why not
     */
    public boolean check(Function<String, Optional<PasswordRule.Problem>> rule) {
        boolean same = fresh.getValue().equals(again.getValue());
        again.setErrorMessage(getTranslation("password.problem.different"));
        again.setInvalid(!same);
        Optional<PasswordRule.Problem> problem = rule.apply(fresh.getValue());
        problem.ifPresent(each ->
                fresh.setErrorMessage(
                        getTranslation("password.problem." + each.id(), PasswordRule.LEAST)));
        fresh.setInvalid(problem.isPresent());
        if (problem.isPresent()) {
            fresh.focus();
        } else if (!same) {
            again.focus();
        }
        return same && problem.isEmpty();
    }
}
