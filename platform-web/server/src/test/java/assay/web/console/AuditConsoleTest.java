package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.audit.AuditView;
import assay.web.trail.AuditProof;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.QueryParameters;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

@WithMockUser("admin")
class AuditConsoleTest extends BrowserlessConsole {
    @Autowired private FakeTrail trail;
    @Autowired private Visitor visitor;

    private Component dialog() {
        return find(Dialog.class).all().getLast();
    }

    private String dialogText() {
        return dialog().getElement().getTextRecursively();
    }

    private void press(String text) {
        test(find(Button.class).withText(text).all().getLast()).click();
    }

    private void filled() {
        trail.fill(visitor.caller().tenantId(), 250);
        navigate(AuditView.class);
    }

    @Test
    @WithAnonymousUser
    void aGuestSeesNoRecords() {
        navigate("audit", assay.web.console.signin.SignInView.class);
    }

    @Test
    void anEmptyTrailSaysSo() {
        navigate(AuditView.class);
        assertThat(shown()).contains("No records", "0 records");
    }

    @Test
    void recordsAreCountedListedAndGoneOnWith() {
        filled();
        assertThat(shown()).contains("250 records", "Success", "inference.generate", "alice");
        int before = findInView(NativeButton.class).all().size();
        press("Show older records");
        assertThat(findInView(NativeButton.class).all()).hasSize(before + 100);
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        assertThat(shown()).contains("250 条记录", "操作者", "显示更早的记录");
    }

    @Test
    void aDeepLinkIsTheSearchAndAChipTakesAFilterOff() {
        trail.fill(visitor.caller().tenantId(), 50);
        UI.getCurrent()
                .navigate(
                        "audit",
                        QueryParameters.simple(
                                Map.of(
                                        "range",
                                        "7d",
                                        "action",
                                        "key.create",
                                        "outcome",
                                        "denied")));
        assertThat(trail.searched).last().isEqualTo("action=key.create&outcome=denied");
        assertThat(shown()).contains("Action: key.create", "Outcome: Denied");
        pressFirst("search-chip");
        assertThat(trail.searched.getLast()).isNotEqualTo("action=key.create&outcome=denied");
    }

    @Test
    void aRecordTellsItsTwelveFieldsItsPlaceAndItsLinks() {
        filled();
        pressFirst("search-open");
        for (int i = 1; i <= 12; i++) {
            assertThat(dialogText()).contains(i + ". ");
        }
        assertThat(dialogText()).contains("Place ", "cd".repeat(32), "prompt_tokens");
        press("Show this actor");
        assertThat(trail.searched.getLast()).startsWith("actor=id-");
    }

    @Test
    void anExportShowsItsProgressAndIsRefusedWhenThereAreTooMany() {
        filled();
        press("Export");
        press("Begin the export");
        assertThat(dialogText()).contains("4,200 of 10,000", "Running");
        press("Begin the export");
        assertThat(dialogText()).contains("Download");
        press("Begin the export");
        press("Begin the export");
        assertThat(dialogText()).contains("under way");
    }

    @Test
    void aCheckNamesTheFirstBreak() {
        filled();
        press("Check integrity");
        press("Check now");
        assertThat(dialogText()).contains("420 of 1,000");
        press("Close");
        trail.check(
                new AuditProof.Check(
                        AuditProof.Phase.BROKEN,
                        17,
                        1000,
                        Instant.EPOCH,
                        Instant.EPOCH,
                        "record 18 of the tenant: its content is another",
                        "x"));
        press("Check integrity");
        assertThat(dialogText()).contains("The chain is broken.", "record 18 of the tenant");
    }

    @Test
    void thePageAsksAgainOnlyWhileItIsLiveOrADialogIsWatched() {
        filled();
        assertThat(UI.getCurrent().getPollInterval()).isEqualTo(-1);
        press("Check integrity");
        assertThat(UI.getCurrent().getPollInterval()).isEqualTo(2_000);
        press("Close");
        assertThat(UI.getCurrent().getPollInterval()).isEqualTo(-1);
        press("Live");
        assertThat(UI.getCurrent().getPollInterval()).isEqualTo(2_000);
        int asked = trail.searched.size();
        poll();
        assertThat(trail.searched).hasSizeGreaterThan(asked);
        press("Pause");
        assertThat(UI.getCurrent().getPollInterval()).isEqualTo(-1);
    }

    @Test
    void aSearchIsSavedAndUsedAgain() {
        filled();
        press("Saved searches");
        test(find(TextField.class).all().getLast()).setValue("Mine");
        press("Save this search");
        press("Mine");
        assertThat(trail.searched.size()).isGreaterThan(1);
    }

    @Test
    void recordsAreKeptForHalfAYearAtLeast() {
        filled();
        press("Audit settings");
        test(find(IntegerField.class).single()).setValue(365);
        press("Save");
        assertThat(trail.find(visitor.caller()).retentionDays()).isEqualTo(365);
    }
}
