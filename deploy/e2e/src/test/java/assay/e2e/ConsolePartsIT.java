package assay.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console's own elements, each alone in a page of a real browser. */
class ConsolePartsIT {
    private static final Path PARTS =
            RunningStack.repository()
                    .resolve(
                            "platform-web/server/src/main/resources/META-INF/resources/components");
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    private static Playwright playwright;
    private static Browser browser;

    @BeforeAll
    static void open() {
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright.chromium().launch(WholeWayIT.chromium());
    }

    @AfterAll
    static void close() {
        playwright.close();
    }

    private static Page page(String part, String html) throws IOException {
        Page page = browser.newPage();
        page.clock().setFixedTime(NOW.toEpochMilli());
        page.setContent(html);
        page.addScriptTag(
                new Page.AddScriptTagOptions()
                        .setType("module")
                        .setContent(Files.readString(PARTS.resolve(part))));
        return page;
    }

    @ParameterizedTest
    @CsvSource({
        "en, 7776000, in 90 days",
        "zh-CN, 7776000, 90天后",
        "en, 7775970, in 90 days",
        "en, 86400, tomorrow",
        "zh-CN, 86400, 明天",
        "en, 3600, in 1 hour",
        "zh-CN, 3600, 1小时后",
        "en, 30, in 30 seconds",
        "en, 4, now",
        "zh-CN, 0, 现在",
        "en, -12, 12 seconds ago",
        "en, -239, 3 minutes ago",
        "zh-CN, -239, 3分钟前",
        "en, -86400, yesterday",
        "en, -7776000, 90 days ago",
    })
    void aMomentIsToldBackAndAheadInBothLanguages(String language, long seconds, String words)
            throws IOException {
        String html =
                "<assay-time lang='%s' datetime='%d'></assay-time>"
                        .formatted(language, NOW.plusSeconds(seconds).toEpochMilli());
        try (Page page = page("assay-time.js", html)) {
            assertThat(page.locator("assay-time").textContent()).isEqualTo(words);
        }
    }

    @Test
    void aFigureWithoutNeighboursIsAPointInEverySeries() throws IOException {
        long day = 86_400_000;
        String points =
                "[[%d,null,3],[%d,null,null],[%d,4,null],[%d,null,5],[%d,1,6]]"
                        .formatted(day, 2 * day, 3 * day, 4 * day, 5 * day);
        String html = "<html lang='en'><assay-chart style='width:40rem'></assay-chart></html>";
        try (Page page = page("assay-chart.js", html)) {
            page.locator("assay-chart")
                    .evaluate(
                            "(chart, points) => Object.assign(chart,"
                                    + " { span: 4 * 86400000, gap: 1.5 * 86400000, points })",
                            points);
            assertThat(page.locator("assay-chart .dot-0").count()).isEqualTo(2);
            assertThat(page.locator("assay-chart .dot-1").count()).isEqualTo(1);
            assertThat(page.locator("assay-chart .line-1").count()).isEqualTo(1);
        }
    }
}
