package assay.web.console;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.v1.ReasonCode;
import assay.web.ErrorCode;
import assay.web.console.part.Stamp;
import assay.web.identity.Role;
import assay.web.insight.Node;
import assay.web.insight.Reason;
import assay.web.insight.Replica;
import assay.web.jobs.JobKind;
import assay.web.jobs.JobState;
import assay.web.jobs.JobWait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TextsTest {
    private static final Path SOURCES = Path.of("src/main/java/assay/web/console");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(\\d+)");
    private static final Pattern WHOLE_KEY =
            Pattern.compile("\"([a-z][a-z0-9-]*(?:\\.[a-z0-9-]+)+)\"");
    private static final Pattern KEY_PREFIX =
            Pattern.compile("\"([a-z][a-z0-9-]*(?:\\.[a-z0-9-]+)*\\.)\"\\s*\\+");

    /** Words that go to a page although no bundle holds them. */
    private static final Pattern LITERAL_TEXT =
            Pattern.compile(
                    "new (?:Span|H1|H2|H3|Paragraph|Button|NativeButton|NativeLabel|Text)\\(\\s*\"[^\"]*\\p{L}"
                            + "|set(?:Text|Label|HelperText|Placeholder|AriaLabel|Title|ErrorMessage"
                            + "|TooltipText)\\(\\s*\"[^\"]*\\p{L}"
                            + "|Markup\\.(?:span|paragraph|section)\\(\\s*\"[^\"]*\",\\s*\"[^\"]*\\p{L}");

    private final Properties english = load("translations.properties");
    private final Properties chinese = load("translations_zh_CN.properties");

    @Test
    void bothLanguagesHaveTheSameTexts() {
        assertThat(chinese.stringPropertyNames()).isEqualTo(english.stringPropertyNames());
    }

    @Test
    void aTextNeverAsksForAParameterThatTheOtherLanguageDoesNotGet() {
        for (String key : english.stringPropertyNames()) {
            assertThat(placeholders(english.getProperty(key)))
                    .as(key)
                    .containsAll(placeholders(chinese.getProperty(key)));
        }
    }

    @Test
    void everyTextIsAMessageInBothLanguages() {
        var translations = new BundleTranslations();
        for (Locale locale : translations.getProvidedLocales()) {
            for (String key : english.stringPropertyNames()) {
                assertThat(translations.getTranslation(key, locale, 1, 2, 3, 4, 5))
                        .as(key)
                        .isNotBlank()
                        .doesNotContain("{", "!" + key);
            }
        }
    }

    @Test
    void everyKeyThatAViewAsksForIsThereAndEveryTextIsAskedFor() {
        var keys = english.stringPropertyNames();
        var used = new TreeSet<String>();
        var prefixes = new TreeSet<String>();
        for (String source : sources()) {
            WHOLE_KEY.matcher(source).results().forEach(each -> used.add(each.group(1)));
            KEY_PREFIX.matcher(source).results().forEach(each -> prefixes.add(each.group(1)));
        }
        var roots = keys.stream().map(TextsTest::root).toList();
        assertThat(used.stream().filter(each -> roots.contains(root(each))).toList())
                .filteredOn(each -> !each.matches(".*\\.(?:js|css|svg)"))
                .isSubsetOf(keys);
        assertThat(keys)
                .allMatch(key ->
                        used.contains(key)
                                || prefixes.stream().anyMatch(key::startsWith)
                                || key.matches("(?:missing|refused|failure)\\..*"));
    }

    @Test
    void everyStateThatCanBeShownHasAText() {
        var keys = english.stringPropertyNames();
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(keys).contains("error." + code.slug());
        }
        for (Stamp.Kind kind : Stamp.Kind.values()) {
            assertThat(keys)
                    .contains(
                            "verdict." + kind.id() + ".title", "verdict." + kind.id() + ".meaning");
        }
        for (Role role : Role.values()) {
            assertThat(keys).contains("role." + role.name().toLowerCase(Locale.ROOT));
        }
        for (JobState state : JobState.values()) {
            assertThat(keys).contains("jobs.state." + state.id());
        }
        for (JobWait reason : JobWait.values()) {
            assertThat(keys).contains("jobs.wait." + reason.id());
        }
        for (JobKind kind : JobKind.values()) {
            assertThat(keys).contains("jobs.kind." + kind.id());
        }
        for (String limit : List.of("guest", "address")) {
            assertThat(keys).contains("limit." + limit);
        }
        for (String state :
                List.of("assigned", "fetching", "loading", "loaded", "failed", "lost")) {
            assertThat(keys).contains("stage.state." + state);
        }
        for (Node.State state : Node.State.values()) {
            assertThat(keys).contains("node.state." + state.name().toLowerCase(Locale.ROOT));
        }
        for (Replica.State state : Replica.State.values()) {
            assertThat(keys).contains("replica.state." + state.name().toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void everyReasonThatTheSchedulerCanGiveHasAText() {
        var keys = english.stringPropertyNames();
        for (ReasonCode code : ReasonCode.values()) {
            boolean sent =
                    code != ReasonCode.REASON_CODE_UNSPECIFIED && code != ReasonCode.UNRECOGNIZED;
            if (sent) {
                assertThat(keys).contains("why." + Reason.id(Reason.name(code)));
            }
        }
    }

    @Test
    void noViewHoldsTextOfItsOwn() {
        for (String source : sources()) {
            String plain = source.replace("\\n", "");
            assertThat(LITERAL_TEXT.matcher(plain).results().map(each -> each.group()).toList())
                    .isEmpty();
        }
    }

    private static String root(String key) {
        return key.substring(0, key.indexOf('.'));
    }

    private static Set<String> placeholders(String text) {
        return PLACEHOLDER
                .matcher(text)
                .results()
                .map(each -> each.group(1))
                .collect(Collectors.toSet());
    }

    private static List<String> sources() {
        try (var paths = Files.walk(SOURCES)) {
            var sources = new ArrayList<String>();
            for (Path path : paths.filter(each -> each.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(path));
            }
            assertThat(sources).isNotEmpty();
            return sources;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Properties load(String name) {
        var properties = new Properties();
        try (var in = Files.newBufferedReader(Path.of("src/main/resources", name))) {
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
