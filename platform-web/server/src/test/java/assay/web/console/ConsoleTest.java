package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.console.jobs.JobsView;
import assay.web.console.overview.OverviewView;
import assay.web.console.part.Meter;
import assay.web.console.signin.SignInView;
import assay.web.console.verify.VerifyView;
import assay.web.jobs.Job;
import assay.web.jobs.JobState;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.router.QueryParameters;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithAnonymousUser;
import org.springframework.security.test.context.support.WithMockUser;

class ConsoleTest extends BrowserlessConsole {
    private static final String CONJECTURE = "forall A B : Prop, A /\\ B -> B /\\ A";

    @Autowired private FakeCluster cluster;
    @Autowired private FakeVerifications verifications;
    @Autowired private FakeJobs jobs;

    @Test
    @WithAnonymousUser
    void signInOffersTheWayOfAGuest() {
        navigate(SignInView.class);

        assertThat(findInView(Anchor.class).withClassName("button").all())
                .extracting(Anchor::getHref)
                .contains("verify");
        assertThat(shown()).contains("Verify as a guest", "Enter your password.");
        assertThat(shown()).doesNotContain("That did not match.");
    }

    @Test
    @WithAnonymousUser
    void aRefusedSignInSaysSo() {
        UI.getCurrent().navigate(SignInView.class, QueryParameters.of("error", ""));

        assertThat(shown()).contains("That did not match.");
    }

    @Test
    @WithAnonymousUser
    void aGuestIsAskedToSignInForTheOverview() {
        navigate("", SignInView.class);
    }

    @Test
    @WithAnonymousUser
    void aGuestSeesTheStepsComeAndThenTheVerdict() {
        navigate(VerifyView.class);
        assertThat(shown()).contains("You are here as a guest", "Arithmetic, false");

        verify(CONJECTURE);
        assertThat(shown()).contains("Coq reads the statement");
        assertThat(verifications.followers()).isOne();

        play();
        assertThat(shown()).contains("Coq understands the statement", "candidate 1 of 8");
        play();
        play();
        assertThat(shown()).contains("has type", "Coq stopped at line 2.", "Rejected");
        while (verifications.advance()) {
            roundTrip();
        }
        assertThat(shown())
                .contains("Proved", "The Coq kernel accepts this proof.", "exact H3", "classic");
        assertThat(verifications.followers()).as("nothing is followed to no end").isZero();
        assertThat(findInView(Anchor.class).all())
                .extracting(Anchor::getHref)
                .anyMatch(each -> each.matches("report/[0-9a-f-]{36}\\?lang=en"));
    }

    @Test
    @WithAnonymousUser
    void aStatementThatCoqDoesNotTakeIsToldWithItsMessage() {
        navigate(VerifyView.class);

        verify("forall n : nat, typo n");
        play();

        assertThat(shown())
                .contains("Coq does not accept the statement", "The reference typo was not found");
    }

    @Test
    @WithAnonymousUser
    void anEmptyConjectureIsToldAtItsField() {
        navigate(VerifyView.class);

        verify("");

        assertThat(statement().isInvalid()).isTrue();
        assertThat(statement().getErrorMessage()).isEqualTo("Enter a proposition.");
    }

    @Test
    @WithAnonymousUser
    void aReachedLimitIsToldWithTheTimeToWait() {
        navigate(VerifyView.class);

        verify("limit");

        assertThat(shown())
                .contains(
                        "You have reached the limit for now.",
                        "5 verifications a minute",
                        "12 seconds");
    }

    @Test
    @WithAnonymousUser
    void whatIsUndecidedIsExplainedInTheLanguageOfTheVisitorAndOnlyCoqIsQuoted() {
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);
        navigate(VerifyView.class);
        verify("forall T : Type, T -> Prop");
        while (verifications.advance()) {
            roundTrip();
        }

        assertThat(shown())
                .contains("未决", "共尝试 2 个候选", "The term \"H2\" has type")
                .doesNotContain("were not accepted", "candidates");
    }

    @Test
    @WithAnonymousUser
    void withoutACheckerItSaysHowToGetOne() {
        navigate(VerifyView.class);
        verify("nobody");
        play();

        assertThat(shown())
                .contains("No node offered Coq", "apt-get install coq bubblewrap")
                .doesNotContain("the checker coq");
    }

    @Test
    @WithAnonymousUser
    void stoppingKeepsWhatWasFound() {
        navigate(VerifyView.class);
        verify(CONJECTURE);
        play();

        test(findInView(Button.class).withText("Stop").single()).click();
        roundTrip();

        assertThat(shown()).contains("Stopped", "Coq understands the statement");
    }

    @Test
    @WithAnonymousUser
    void leavingEndsTheFollowing() {
        navigate(VerifyView.class);
        verify(CONJECTURE);
        assertThat(verifications.followers()).isOne();

        navigate(SignInView.class);

        assertThat(verifications.followers()).isZero();
    }

    @Test
    @WithMockUser("admin")
    void theOverviewSaysWhatToDoWithoutANode() {
        cluster.become(FakeCluster.empty(1_000));

        navigate(OverviewView.class);

        assertThat(shown()).contains("No node has joined yet", "./assay up", "No replica yet");
    }

    @Test
    @WithMockUser("admin")
    void theOverviewWaitsForTheFirstPicture() {
        navigate(OverviewView.class);

        assertThat(shown()).contains("Waiting for the first picture");
    }

    @Test
    @WithMockUser("admin")
    void theOverviewShowsAStageThatIsStillComing() {
        cluster.become(FakeCluster.loading(1_000, 0.4));

        navigate(OverviewView.class);

        assertThat(shown())
                .contains(
                        "Fetching", "stage 1 is fetching its files", "Not answering", "Coq 8.16.1");
        assertThat(findInView(Meter.class).all())
                .anyMatch(each -> each.getElement().getTextRecursively().contains("40%"));
    }

    @Test
    @WithMockUser("admin")
    void theOverviewSaysWhichGpuIsBrokenAndWhatItIs() {
        cluster.become(FakeCluster.brokenGpu(1_000));

        navigate(OverviewView.class);

        assertThat(shown())
                .contains(
                        "Broken",
                        "DEVICE_XID: XID 79",
                        "Memory nearly full",
                        "46 °C, 409 W",
                        "NVLink to 1 of 1 other GPUs",
                        "driver 580.159.04, compute capability 9.0");
    }

    @Test
    @WithMockUser("admin")
    void theOverviewFollowsTheClusterUntilItIsLeft() {
        cluster.become(FakeCluster.serving(1_000, 0, 1));
        navigate(OverviewView.class);
        assertThat(shown()).contains("Serving", "agent-left", "Layers 0–3");

        cluster.become(FakeCluster.serving(2_000, 57, 2));
        roundTrip();
        assertThat(shown()).contains("57tokens/s", "2 running");

        cluster.connected(false);
        cluster.become(FakeCluster.serving(3_000, 57, 2));
        roundTrip();
        assertThat(shown()).contains("The scheduler is not reachable", "from the last contact");
    }

    @Test
    @WithMockUser("admin")
    void withoutAJobItSaysHowToSubmitOne() {
        navigate(JobsView.class);

        assertThat(shown()).contains("No jobs yet", "an item on each line", "/api/v1/jobs");
    }

    @Test
    @WithMockUser("admin")
    void aJobsProgressAndTimeLeftAreShownAndFollowed() {
        Job job = jobs.put(FakeJobs.active("evaluation", 1000, 250, 0));
        jobs.put(FakeJobs.job("theorems", JobState.ACTIVE, FakeJobs.counts(10, 0, 0, 0)));
        navigate(JobsView.class);

        assertThat(shown())
                .contains("evaluation", "250 of 1,000 done", "12 items/s", "about 13 min left")
                .contains("theorems", "Verification", "a model or a checker is missing");

        jobs.put(renamed(job, FakeJobs.counts(1000, 999, 1, 0), JobState.FINISHED));
        poll();
        assertThat(shown()).contains("999 of 1,000 done, 1 failed", "Finished");

        jobs.away(true);
        poll();
        assertThat(shown()).contains("The scheduler does not answer");
    }

    @Test
    @WithMockUser("admin")
    void aJobIsPausedResumedAndCancelledOnlyWhenThatIsConfirmed() {
        Job job = jobs.put(FakeJobs.active("evaluation", 1000, 250, 2));
        UI.getCurrent().navigate("jobs/" + job.id());
        assertThat(shown()).contains("doc-17", "PROMPT_TOO_LONG", "5 tries", "Try failed ones");

        press("Pause");
        assertThat(shown()).contains("Paused").doesNotContain("items/s");
        press("Resume");
        assertThat(shown()).contains("Active");

        press("Cancel job");
        assertThat(shown()).doesNotContain("Cancelled");
        var asked = find(ConfirmDialog.class).single();
        test(asked).confirm();
        roundTrip();
        assertThat(shown()).contains("Cancelled");
        assertThat(findInView(Button.class).withText("Cancel job").all()).isEmpty();
    }

    @Test
    @WithMockUser("admin")
    void aJobThatIsNotThereIsSaidInTheLanguageOfTheVisitor() {
        UI.getCurrent().setLocale(Locale.SIMPLIFIED_CHINESE);

        UI.getCurrent().navigate("jobs/" + UUID.randomUUID());
        assertThat(shown()).contains("这里没有这个作业");
        UI.getCurrent().navigate("jobs/nonsense");
        assertThat(shown()).contains("这里没有这个作业");
    }

    @Test
    @WithAnonymousUser
    void aGuestIsAskedToSignInForJobs() {
        navigate("jobs", SignInView.class);
    }

    private void press(String button) {
        test(findInView(Button.class).withText(button).single()).click();
        roundTrip();
    }

    private static Job renamed(Job job, Job.Counts counts, JobState state) {
        Job other = FakeJobs.job(job.name(), state, counts);
        return new Job(
                job.id(),
                other.name(),
                other.kind(),
                other.state(),
                other.ownerName(),
                other.model(),
                other.priority(),
                other.deadline(),
                other.maxAttempts(),
                other.counts(),
                other.submittedAt(),
                other.startedAt(),
                other.finishedAt(),
                other.itemsPerSecond(),
                other.eta(),
                other.waitsFor());
    }

    @Test
    @WithMockUser("admin")
    void anotherLanguageIsSpokenAtOnceAndKeepsWhatWasTyped() {
        navigate(VerifyView.class);
        test(statement()).setValue(CONJECTURE);

        test(find(NativeButton.class).withText("简体中文").single()).click();

        assertThat(UI.getCurrent().getLocale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        assertThat(shown()).contains("猜想", "示例").doesNotContain("Examples");
        assertThat(statement().getValue()).isEqualTo(CONJECTURE);
    }

    private void verify(String conjecture) {
        if (!conjecture.isEmpty()) {
            test(statement()).setValue(conjecture);
        }
        test(findInView(Button.class).all().stream()
                        .filter(each -> each.getThemeNames().contains("primary"))
                        .findFirst()
                        .orElseThrow())
                .click();
        roundTrip();
    }

    private void play() {
        verifications.advance();
        roundTrip();
    }

    private TextArea statement() {
        return findInView(TextArea.class).all().stream()
                .filter(each -> each.getLabel() != null)
                .findFirst()
                .orElseThrow();
    }
}
