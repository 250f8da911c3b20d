package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The palettes of console and report. Source: WCAG 2.2, 1.4.3 and 1.4.11, level AA. */
class ContrastTest {
    private static final double TEXT = 4.5;
    private static final double PART = 3.0;
    private static final Path RESOURCES = Path.of("src/main/resources");
    private static final Pattern TOKEN =
            Pattern.compile(
                    "--([a-z0-9-]+):\\s*(?:light-dark\\(\\s*(#[0-9a-f]{6})\\s*,\\s*(#[0-9a-f]{6})\\s*\\)"
                            + "|(#[0-9a-f]{6}|#[0-9a-f]{3}))\\s*;");
    private static final Map<String, List<String>> CONSOLE = new HashMap<>();
    private static final Map<String, List<String>> REPORT = new HashMap<>();

    @BeforeAll
    static void readTokens() throws IOException {
        read(RESOURCES.resolve("META-INF/resources/styles/console.css"))
                .forEach(each -> CONSOLE.put(each.get(0), each.subList(1, 3)));
        // The report's sheet holds its light palette, then the dark one, then that of the printer.
        for (var each : read(RESOURCES.resolve("assay/web/verify/report.css"))) {
            REPORT.merge(
                    each.get(0),
                    List.of(each.get(1)),
                    (before, next) ->
                            before.size() == 1 ? List.of(before.get(0), next.get(0)) : before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ink, paper panel sunken accent-soft brass-soft refuted-soft proved-soft undecided-soft",
        "ink-2, paper panel sunken proved-soft refuted-soft undecided-soft brass-soft",
        "ink-3, paper panel sunken accent-soft",
        "accent, paper panel sunken accent-soft",
        "accent-strong, paper panel accent-soft",
        "on-accent, accent accent-strong",
        "brass-ink, paper panel sunken brass-soft",
        "proved, paper panel sunken proved-soft",
        "refuted, paper panel sunken refuted-soft",
        "undecided, paper panel undecided-soft",
        "slab-ink, slab slab-2",
        "slab-ink-2, slab slab-2",
    })
    void textOfTheConsoleCanBeRead(String text, String grounds) {
        check(CONSOLE, text, grounds, TEXT);
    }

    @ParameterizedTest
    @CsvSource({
        "line-strong, paper panel",
        "accent, paper panel sunken line",
        "brass-ink, panel line",
        "brass, slab slab-2"
    })
    void partsOfTheConsoleCanBeSeen(String part, String grounds) {
        check(CONSOLE, part, grounds, PART);
    }

    @ParameterizedTest
    @CsvSource({
        "ink, paper card code",
        "soft, paper card code",
        "good, paper card good-bg",
        "bad, paper card bad-bg",
        "mid, paper card mid-bg",
        "quiet, paper card quiet-bg",
        "gold, card mid-bg"
    })
    void textOfTheReportCanBeRead(String text, String grounds) {
        check(REPORT, text, grounds, TEXT);
    }

    private static void check(
            Map<String, List<String>> palette, String front, String grounds, double least) {
        for (String ground : grounds.split(" ", -1)) {
            for (int theme = 0; theme < 2; theme++) {
                assertThat(ratio(color(palette, front, theme), color(palette, ground, theme)))
                        .as("%s on %s, %s", front, ground, theme == 0 ? "light" : "dark")
                        .isGreaterThanOrEqualTo(least);
            }
        }
    }

    private static String color(Map<String, List<String>> palette, String token, int theme) {
        return Objects.requireNonNull(palette.get(token), token).get(theme);
    }

    private static double ratio(String one, String other) {
        double a = luminance(one);
        double b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    private static double luminance(String hex) {
        int rgb = Integer.parseInt(hex.substring(1), 16);
        return 0.2126 * linear(rgb >> 16 & 255)
                + 0.7152 * linear(rgb >> 8 & 255)
                + 0.0722 * linear(rgb & 255);
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    /** Name, light, dark; the same twice where there is one colour only. */
    private static List<List<String>> read(Path sheet) throws IOException {
        return TOKEN.matcher(Files.readString(sheet))
                .results()
                .map(each ->
                        each.group(4) == null
                                ? List.of(each.group(1), each.group(2), each.group(3))
                                : List.of(each.group(1), each.group(4), each.group(4)))
                .toList();
    }
}
