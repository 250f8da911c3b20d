package assay.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What an auditor does in the console: looks for what was done, opens it, takes it along. */
final class AuditJourney {
    private static final Path SHOTS = Path.of("target", "screenshots");
    private static final Set<String> GRAVE = Set.of("serious", "critical");

    private final Page page;
    private final String base;

    /**
     * @param page of a browser in which somebody is signed in, in English, who may all
     */
    AuditJourney(Page page, String base) {
        this.page = page;
        this.base = base;
        page.setDefaultTimeout(20_000);
    }

    /** By a deep link to what the administrator did before. */
    void findsWhatWasDoneAndOpensIt() {
        open("audit?range=24h&action=tenant.create");
        assertThat(page.locator(".search-chip")).containsText("Action: tenant.create");
        page.locator(".search-open").first().click();
        var dialog = page.locator("vaadin-dialog");
        for (int field = 1; field <= 12; field++) {
            assertThat(dialog).containsText(field + ". ");
        }
        holdsTheRules("audit-record");
        dialog.getByRole(AriaRole.BUTTON, named("Show this actor")).click();
        assertThat(page.locator(".search-chip")).hasCount(2);
        page.waitForURL(url -> url.contains("actor="));
    }

    /** A bar, with the keyboard alone. */
    void narrowsTheRange() {
        open("audit");
        page.locator("assay-bars button").first().focus();
        page.keyboard().press("End");
        page.keyboard().press("Enter");
        page.waitForURL(url -> url.contains("from=") && url.contains("to="));
        holdsTheRules("audit-narrowed");
    }

    /** As a file. */
    void exportsAndLoads() {
        open("audit?range=1h");
        page.getByRole(AriaRole.BUTTON, pageNamed("Export")).click();
        page.getByRole(AriaRole.BUTTON, pageNamed("Begin the export")).click();
        Locator link = page.locator(".audit-export a").first();
        assertThat(link).isVisible();
        holdsTheRules("audit-export");
        Download file = page.waitForDownload(link::click);
        assertThat(file.suggestedFilename()).endsWith(".ndjson");
    }

    private void holdsTheRules(String name) {
        page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(SHOTS.resolve(name + ".png"))
                        .setFullPage(true));
        List<String> grave =
                new AxeBuilder(page)
                        .analyze().getViolations().stream()
                                .filter(rule -> GRAVE.contains(rule.getImpact()))
                                .map(rule -> rule.getId() + ": " + rule.getHelp())
                                .toList();
        assertThat(grave).as(name).isEmpty();
    }

    private void open(String path) {
        page.navigate(base + "/" + path);
        assertThat(page.locator("#main h1")).isVisible();
        page.waitForFunction("!document.querySelector('vaadin-connection-indicator[loading]')");
    }

    private static Locator.GetByRoleOptions named(String name) {
        return new Locator.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Page.GetByRoleOptions pageNamed(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }
}
