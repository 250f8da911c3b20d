package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.account.AccountView;
import assay.web.console.account.InvitationsView;
import assay.web.console.signin.CodeView;
import assay.web.console.signin.InvitationView;
import assay.web.console.signin.NewPasswordView;
import assay.web.console.signin.PasswordResetView;
import assay.web.console.signin.SignInView;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.router.QueryParameters;
import com.vaadin.flow.router.RouteParam;
import com.vaadin.flow.router.RouteParameters;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

class AccountConsoleTest extends BrowserlessConsole {
    private static final String GOOD = "violet kettle harbour";

    @Autowired private FakeAccount account;
    @Autowired private FakeLinks links;

    @Test
    @WithAnonymousUser
    void aGuestIsAskedToSignInForHisAccount() {
        navigate("account", SignInView.class);
    }

    @Test
    @WithMockUser("admin")
    void theAccountShowsWhoWhereAndWhichTenants() {
        navigate(AccountView.class);

        assertThat(shown())
                .contains("Signed in as ada.")
                .contains("Chrome on Linux", "This one", "Safari on iPhone", "Unknown program")
                .contains("203.0.113.0", "Password and code", "Passkey")
                .contains("Analytical Engines", "You work here", "Difference Engines", "Guest");
    }

    @Test
    @WithMockUser("admin")
    void aPasswordIsChangedOnlyWithTheOldOneAndByTheRule() {
        navigate(AccountView.class);

        change("wrong", GOOD, GOOD);
        assertThat(shown()).doesNotContain("was changed");
        assertThat(password("Current password").isInvalid()).isTrue();
        change(FakeAccount.PASSWORD, "short", "short");
        assertThat(password("New password").getErrorMessage())
                .isEqualTo("Too short: take 12 characters or more.");
        change(FakeAccount.PASSWORD, GOOD, GOOD + "!");
        assertThat(password("New password again").getErrorMessage())
                .isEqualTo("The two entries differ.");
        assertThat(shown()).doesNotContain("was changed");

        change(FakeAccount.PASSWORD, GOOD, GOOD);
        assertThat(shown()).contains("was changed");
        assertThat(password("New password").getValue()).isEmpty();
    }

    private void change(String old, String fresh, String again) {
        test(password("Current password")).setValue(old);
        test(password("New password")).setValue(fresh);
        test(password("New password again")).setValue(again);
        press("Change password");
    }

    private PasswordField password(String label) {
        return findInView(PasswordField.class).all().stream()
                .filter(each -> label.equals(each.getLabel()))
                .findFirst()
                .orElseThrow();
    }

    private void press(String button) {
        test(findInView(Button.class).withText(button).all().getFirst()).click();
        roundTrip();
    }

    @Test
    @WithMockUser("admin")
    void aSecondFactorCountsOnceItsCodeWasSeenAndItsCodesAreShownOnce() {
        navigate(AccountView.class);

        press("Set up an app");
        assertThat(shown()).contains("GEZD GNBV GY3T QOJQ", "Scan this");
        test(field("Code")).setValue("000000");
        press("Confirm");
        assertThat(field("Code").isInvalid()).isTrue();
        test(field("Code")).setValue(FakeAccount.CODE);
        press("Confirm");
        assertThat(shown()).contains("Keep these recovery codes now", "ABCD-EFGH-JKMN-PQR9");

        navigate(InvitationsView.class);
        navigate(AccountView.class);
        assertThat(shown()).contains("10 recovery codes left").doesNotContain("ABCD-EFGH");
        press("Turn off");
        test(field("Code")).setValue(FakeAccount.CODE);
        press("Turn off");
        assertThat(shown()).contains("Set up an app").doesNotContain("recovery codes left");
    }

    @Test
    @WithMockUser("admin")
    void sessionsAreEndedOneByOneAndAllButThisOne() {
        navigate(AccountView.class);

        press("End");
        assertThat(shown()).doesNotContain("Safari on iPhone").contains("Unknown program");
        press("End all others");
        assertThat(shown()).doesNotContain("Unknown program").contains("Chrome on Linux");
        assertThat(findInView(Button.class).withText("End all others").all()).isEmpty();
    }

    @Test
    @WithMockUser("admin")
    void aNameIsChangedAndNotEmptied() {
        navigate(AccountView.class);

        test(field("Name")).setValue(" ");
        press("Save");
        assertThat(field("Name").isInvalid()).isTrue();
        test(field("Name")).setValue("Augusta Ada");
        press("Save");
        assertThat(account.name()).isEqualTo("Augusta Ada");
    }

    @Test
    @WithMockUser("admin")
    void theAccountSpeaksChinese() {
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        navigate(AccountView.class);

        assertThat(shown()).contains("我的账户", "双重验证", "当前会话", "切换").doesNotContain("Sessions");
    }

    @Test
    @WithMockUser("admin")
    void anInvitationIsMadeShownOnceAndWithdrawn() {
        navigate(InvitationsView.class);
        assertThat(shown()).contains("No open invitation");

        press("Make a link");
        assertThat(field("Name").isInvalid()).as("for nobody").isTrue();
        test(field("Name")).setValue("Charles Babbage");
        press("Make a link");
        assertThat(shown()).contains("it is not shown again", "invitation/good-link", "Charles");

        press("Withdraw");
        assertThat(find(ConfirmDialog.class).all()).isEmpty();
        var asked = find(Dialog.class).single();
        test(find(Button.class).withClassName("danger").single()).click();
        roundTrip();
        assertThat(asked.isOpened()).isFalse();
        assertThat(shown()).contains("No open invitation");
    }

    @Test
    @WithAnonymousUser
    void anInvitationMakesAnAccountWithAPasswordByTheRule() {
        open(InvitationView.class, FakeLinks.GOOD);
        assertThat(shown()).contains("Ada Lovelace invites you to Analytical Engines.");

        accept("", "short");
        assertThat(field("User name").isInvalid()).isTrue();
        assertThat(password("New password").isInvalid()).isTrue();
        accept("ada", GOOD);
        assertThat(field("User name").getErrorMessage()).contains("taken");
        accept("charles", GOOD);
        assertThat(links.accepted()).isNotNull();
        assertThat(shown()).contains("The invitation is accepted.");

        navigate(SignInView.class);
        open(InvitationView.class, FakeLinks.GOOD);
        assertThat(shown()).contains("This invitation is not good");
    }

    private void accept(String username, String password) {
        test(field("User name")).setValue(username);
        test(password("New password")).setValue(password);
        test(password("New password again")).setValue(password);
        press("Make the account");
    }

    @Test
    @WithMockUser("admin")
    void whoIsSignedInJoinsWithHisAccount() {
        open(InvitationView.class, FakeLinks.GOOD);

        press("Join as admin");
        assertThat(shown()).contains("The invitation is accepted.");
    }

    @Test
    @WithAnonymousUser
    void aResetLinkSetsThePasswordAndIsGoodOnce() {
        open(PasswordResetView.class, "nonsense");
        assertThat(shown()).contains("This link is not good");

        open(PasswordResetView.class, FakeLinks.GOOD);
        assertThat(shown()).contains("For the account ada.");
        test(password("New password")).setValue(GOOD);
        test(password("New password again")).setValue(GOOD);
        press("Set the password");
        assertThat(shown()).contains("The password is set.");
    }

    private void open(Class<? extends com.vaadin.flow.component.Component> view, String token) {
        UI.getCurrent().navigate(view, new RouteParameters(new RouteParam("token", token)));
        roundTrip();
    }

    @Test
    @WithAnonymousUser
    void theStepsOfASignInSayWhatIsWrong() {
        UI.getCurrent().navigate(SignInView.class, QueryParameters.of("wait", "42"));
        assertThat(shown()).contains("Wait 42 seconds");
        UI.getCurrent().navigate(SignInView.class, QueryParameters.of("expired", ""));
        assertThat(shown()).contains("That took too long.");
        UI.getCurrent().navigate(CodeView.class, QueryParameters.of("error", ""));
        assertThat(shown()).contains("That code is wrong");
        UI.getCurrent().navigate(NewPasswordView.class, QueryParameters.of("problem", "too-short"));
        assertThat(shown()).contains("Too short: take 12 characters or more.");
    }
}
