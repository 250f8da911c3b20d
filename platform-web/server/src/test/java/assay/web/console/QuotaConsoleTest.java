package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.cluster.Confirmation;
import assay.web.console.quotas.QuotasView;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.textfield.NumberField;
import com.vaadin.flow.component.textfield.TextField;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

@WithMockUser("admin")
class QuotaConsoleTest extends BrowserlessConsole {
    @Autowired private FakeQuotas quotas;
    @Autowired private Visitor visitor;

    @Test
    @WithAnonymousUser
    void aGuestSeesNoLimits() {
        navigate("quotas", assay.web.console.signin.SignInView.class);
    }

    @Test
    void anEmptyListSaysWhatALimitIsFor() {
        navigate(QuotasView.class);
        assertThat(shown()).contains("No limits are set", "Usage in the last 30 days", "alice");
    }

    @Test
    void limitsAreShownWithWhatIsUsedAndWithNotices() {
        quotas.fill(visitor.caller());
        navigate(QuotasView.class);
        assertThat(shown())
                .contains("420,000 of 1,000,000", "Nearly used up", "Used up", "Room")
                .contains("User alice, Requests a minute: 53 of 60 were used");
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        assertThat(shown()).contains("每日词元数", "已用 420,000，共 1,000,000", "即将用尽");
    }

    @Test
    void aLimitIsChangedAfterItWasConfirmed() {
        quotas.fill(visitor.caller());
        navigate(QuotasView.class);
        test(findInView(Button.class).withText("Change").all().getFirst()).click();
        test(find(NumberField.class, dialog()).single()).setValue(2_000_000.0);
        test(confirm("Change")).click();
        assertThat(shown()).contains("420,000 of 2,000,000");
    }

    @Test
    void aLimitIsRemovedWhenItsNameWasTyped() {
        quotas.fill(visitor.caller());
        navigate(QuotasView.class);
        test(findInView(Button.class).withText("Remove").all().get(1)).click();
        test(confirm("Remove")).click();
        assertThat(shown()).contains("User alice, Requests a minute", "53 of 60");
        test(find(TextField.class, dialog()).single()).setValue("alice");
        test(confirm("Remove")).click();
        assertThat(quotas.list(visitor.caller(), null)).hasSize(2);
    }

    private Button confirm(String text) {
        return find(Button.class, dialog()).withText(text).single();
    }

    private Confirmation dialog() {
        return find(Confirmation.class).single();
    }
}
