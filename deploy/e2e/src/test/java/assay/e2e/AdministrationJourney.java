package assay.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What an administrator does in the console: makes things, and comes by every page of its. */
final class AdministrationJourney {
    private static final Path SHOTS = Path.of("target", "screenshots");
    private static final Set<String> GRAVE = Set.of("serious", "critical");
    private static final List<String> PAGES =
            List.of(
                    "",
                    "verify",
                    "deployments",
                    "deploy",
                    "nodes",
                    "jobs",
                    "logs",
                    "tenants",
                    "members",
                    "members/invitations",
                    "roles",
                    "keys",
                    "quotas",
                    "sign-in-settings",
                    "audit",
                    "account");

    private final Page page;
    private final String base;

    /**
     * @param page of a browser in which somebody is signed in who may all
     */
    AdministrationJourney(Page page, String base) {
        this.page = page;
        this.base = base;
        page.setDefaultTimeout(20_000);
    }

    /** In English. */
    void makesATenantARoleAndAKey() {
        open("tenants");
        button("New tenant").click();
        field("Name").fill("Acme");
        field("Slug").fill("acme");
        dialogButton("Create").click();
        assertThat(page.getByRole(AriaRole.ROWHEADER).filter(has("acme"))).isVisible();

        open("roles");
        button("New role").click();
        field("Name").fill("auditor");
        page.getByLabel("Read the audit log · audit:read").check();
        photograph("role-form");
        dialogButton("Save").click();
        assertThat(page.getByRole(AriaRole.ROWHEADER).filter(has("auditor")).first()).isVisible();

        open("keys");
        button("New API key").click();
        field("Name").fill("build server");
        photograph("key-form");
        dialogButton("Create").click();
        assertThat(page.locator("#secret-once")).containsText("ask_");
        photograph("key-made");
        String key = page.locator("#secret-once").textContent();
        button("I have stored it").click();
        var row = page.getByRole(AriaRole.ROW).filter(has("build server"));
        assertThat(row).containsText(key.substring(0, 10));
        assertThat(row).containsText("in 90 days");
        row.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Revoke")).click();
        dialogButton("Revoke").click();
        assertThat(row).hasCount(0);
    }

    /** By the keyboard alone, and takes it back. In English. */
    void suspendsTwoTenantsAtOnce() {
        open("tenants");
        for (String each : List.of("Globex", "Initech")) {
            button("New tenant").click();
            field("Name").fill(each);
            field("Slug").fill(each.toLowerCase(Locale.ROOT));
            dialogButton("Create").click();
            assertThat(page.getByRole(AriaRole.ROWHEADER).filter(has(each))).isVisible();
        }
        for (String each : List.of("Globex", "Initech")) {
            page.getByLabel("Select " + each).focus();
            page.keyboard().press("Space");
        }
        assertThat(page.getByText("2 selected")).isVisible();
        photograph("tenants-selected");
        page.locator(".bulk")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Suspend"))
                .press("Enter");
        dialogButton("Suspend").press("Enter");
        assertThat(page.getByText("2 tenants were suspended")).isVisible();
        var suspended = page.getByRole(AriaRole.ROW).filter(has("suspended"));
        assertThat(suspended).hasCount(2);
        button("Undo").press("Enter");
        assertThat(page.getByText("2 tenants were resumed")).isVisible();
        assertThat(suspended).hasCount(0);
    }

    /**
     * By the link of one tenant that takes guests, and of one that does not. In English.
     *
     * @param guest a page of a browser in which nobody is signed in
     */
    void guestsComeByTheLinkOfTheirTenant(Page guest) {
        open("tenants");
        page.getByLabel("Edit: Default").click();
        assertThat(page.locator(".guest-link")).containsText("/verify?tenant=default");
        photograph("tenant-form");
        dialogButton("Cancel").click();
        guest.navigate(base + "/verify?tenant=default");
        assertThat(guest.getByLabel("Conjecture").first()).isVisible();
        guest.navigate(base + "/verify?tenant=acme");
        assertThat(guest.locator("h1")).isVisible();
        assertThat(guest.getByLabel("Conjecture")).hasCount(0);
    }

    /** Each is photographed and held against the rules of accessibility. */
    void looksAtEveryPage(String where) {
        List<String> grave = new ArrayList<>();
        for (String each : PAGES) {
            open(each);
            photograph((each.isEmpty() ? "overview" : each.replace('/', '-')) + "-" + where);
            assertThat(width()).as(each + " is as wide as its window").isLessThanOrEqualTo(0);
            new AxeBuilder(page)
                    .analyze().getViolations().stream()
                            .filter(rule -> GRAVE.contains(rule.getImpact()))
                            .map(rule -> each + ": " + words(rule))
                            .forEach(grave::add);
        }
        assertThat(grave).isEmpty();
    }

    private static String words(Rule rule) {
        return rule.getId() + " " + rule.getNodes().stream().map(node -> node.getHtml()).toList();
    }

    /** By how much the page is wider than what is seen of it. */
    private int width() {
        return ((Number)
                        page.evaluate(
                                "document.documentElement.scrollWidth"
                                        + " - document.documentElement.clientWidth"))
                .intValue();
    }

    private void open(String path) {
        page.navigate(base + "/" + path);
        assertThat(page.locator("#main h1")).isVisible();
        page.waitForFunction("!document.querySelector('vaadin-connection-indicator[loading]')");
    }

    private static Locator.FilterOptions has(String text) {
        return new Locator.FilterOptions().setHasText(text);
    }

    private Locator field(String label) {
        return page.locator("vaadin-dialog")
                .getByLabel(label, new Locator.GetByLabelOptions().setExact(true));
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator dialogButton(String name) {
        return page.locator("vaadin-dialog")
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    private void photograph(String name) {
        page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(SHOTS.resolve(name + ".png"))
                        .setFullPage(true));
    }
}
