package assay.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What people do in the browser, with a photograph at each place worth looking at. */
final class BrowserJourney {
    /** A whole verification, on a machine that does other things as well. */
    private static final double VERDICT_MILLIS = 60_000;

    private static final Path SHOTS = Path.of("target", "screenshots");

    private final Page page;
    private final String base;
    private final List<String> consoleErrors = new ArrayList<>();

    private BrowserJourney(Page page, RunningStack stack) {
        this.page = page;
        this.base = stack.text("http");
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                consoleErrors.add(message.text());
            }
        });
        page.setDefaultTimeout(20_000);
    }

    /** A guest without an account, in English, proves a conjecture and reads the report. */
    static void guestProves(Page page, RunningStack stack) {
        var journey = new BrowserJourney(page, stack);
        journey.open("/sign-in");
        journey.photograph("sign-in");
        journey.press("Verify as a guest");
        journey.verify("Conjecture", "Verify", "forall A B : Prop, A /\\ B -> B /\\ A");
        journey.expectHeading("Proved");
        journey.photograph("verify-proved");
        Page report = page.waitForPopup(() -> page.getByText("Open report").click());
        report.waitForLoadState();
        assertThat(report.locator("body")).containsText("Require Import");
        report.screenshot(shot("report-proved"));
        assertThat(journey.consoleErrors).isEmpty();
    }

    /** A guest on a telephone, in Chinese, has a false conjecture refuted. */
    static void guestRefutes(Page page, RunningStack stack) {
        var journey = new BrowserJourney(page, stack);
        journey.open("/sign-in");
        journey.photograph("sign-in-phone");
        journey.press("以访客身份验证");
        journey.verify("猜想", "验证", "forall n m : nat, n - m + m = n");
        journey.expectHeading("已否证");
        journey.photograph("verify-refuted-phone");
        assertThat(journey.consoleErrors).isEmpty();
    }

    /**
     * The administrator signs in and sees both agents, each with its half of the layers.
     *
     * @param password that he chose for himself
     */
    static void adminSeesTheCluster(Page page, RunningStack stack, String password) {
        var journey = new BrowserJourney(page, stack);
        journey.open("/sign-in");
        page.getByLabel("User name").fill(stack.text("adminUser"));
        page.locator("#sign-in-password").fill(password);
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Sign in").setExact(true))
                .click();
        journey.expectHeading("Overview");
        assertThat(page.getByText("Layers 0–3")).isVisible();
        assertThat(page.getByText("Layers 4–7")).isVisible();
        journey.photograph("overview");
        assertThat(journey.consoleErrors).isEmpty();
    }

    private void open(String path) {
        page.navigate(base + path);
        assertThat(page.getByRole(AriaRole.HEADING).first()).isVisible();
    }

    private void press(String name) {
        page.getByText(name, new Page.GetByTextOptions().setExact(true)).first().click();
    }

    private void verify(String field, String button, String statement) {
        page.getByLabel(field, new Page.GetByLabelOptions().setExact(true)).fill(statement);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private void expectHeading(String text) {
        assertThat(
                        page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(text))
                                .first())
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(VERDICT_MILLIS));
    }

    private void photograph(String name) {
        page.screenshot(shot(name));
    }

    private static Page.ScreenshotOptions shot(String name) {
        return new Page.ScreenshotOptions().setPath(SHOTS.resolve(name + ".png"));
    }
}
