package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.ErrorCode;
import assay.web.identity.Caller;
import assay.web.verify.Step.CandidateKind;
import assay.web.verify.Verification.Result;
import assay.web.verify.Verification.State;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportPageTest {
    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final String SOURCE = "Goal True.\nProof.\nexact I.\nQed.\n";
    private static final String EVIL = "</pre><script>alert('&\"')</script>{}{0}";

    @Test
    void aProofComesWithTheFileTheCommandAndTheDigest() {
        String page = page(proved("exact I."), "en");
        assertThat(page)
                .startsWith("<!doctype html>\n<html lang=\"en\">")
                .contains("Proved", "Coq 8.16.1", "coqc Sol.v", Sha256.hex(SOURCE))
                .contains("<title>Proved · Verification report · Assay</title>")
                .contains("<link rel=\"icon\" href=\"data:image/svg+xml;base64,PHN2Z")
                .contains("the law of excluded middle")
                .contains("2026-03-01 10:00:02.500 UTC")
                .contains("assay-reference");
        var data = Pattern.compile("utf-8;base64,([A-Za-z0-9+/=]+)\"").matcher(page);
        assertThat(data.find()).isTrue();
        assertThat(Base64.getDecoder().decode(data.group(1)))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(SOURCE);
    }

    @Test
    void aCounterexampleIsShownValueByValue() {
        var v =
                running(List.of(statementRead()))
                        .ended(
                                State.FINISHED,
                                Result.refuted("n=0 l=[0;1]", SOURCE),
                                START.plusMillis(900));
        assertThat(page(v, "en"))
                .contains("Refuted", "<li>n = 0</li>", "<li>l = [0;1]</li>", "No axioms");
    }

    @Test
    void withoutAVerdictItSaysWhyAndWhatToDo() {
        var v =
                running(List.of())
                        .ended(
                                State.FINISHED,
                                Result.undecided(
                                        new NoVerdict.NoChecker("coq"), "coq is not there"),
                                START.plusMillis(900));
        assertThat(page(v, "en")).contains("Undecided", "No node offered", "Start it again");
        assertThat(page(v, "zh-CN"))
                .contains("没有节点提供", "apt-get install coq")
                .doesNotContain("coq is not there");
    }

    @ParameterizedTest
    @EnumSource(
            value = State.class,
            names = {"FAILED", "CANCELLED"})
    void everyEndHasAReport(State state) {
        var result = Result.none(new NoVerdict.Cancelled(), "because");
        var v = running(List.of()).ended(state, result, START.plusMillis(5));
        assertThat(page(v, "en")).contains("stopped by who began it").doesNotContain("{}");
        assertThat(page(v, "zh-CN"))
                .contains("已由发起者停止")
                .doesNotContain("{}", "because", "stopped by");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyFailureIsToldInBothLanguages(ErrorCode code) {
        var result = Result.none(new NoVerdict.Failed(code), "an error of the server's");
        var v = running(List.of()).ended(State.FAILED, result, START.plusMillis(5));
        for (String language : List.of("en", "zh-CN")) {
            assertThat(page(v, language)).doesNotContain("an error of the server's");
        }
    }

    @Test
    void whatNoCheckerSawIsToldInTheReadersLanguageAndACheckerIsQuoted() {
        List<Step> steps =
                List.of(
                        statementRead(),
                        new Step.CandidateGenerated(
                                START, 1, CandidateKind.PROOF, "auto.", "", 0f, 3, 5),
                        new Step.CandidateChecked(
                                START,
                                1,
                                false,
                                "compile",
                                "Unable to unify",
                                1,
                                2,
                                List.of(),
                                "Coq",
                                9),
                        new Step.CandidateGenerated(
                                START, 2, CandidateKind.PROOF, "auto.", "", 0.8f, 3, 5),
                        new Step.CandidateChecked(
                                START,
                                2,
                                false,
                                "duplicate",
                                "the same as candidate 1",
                                0,
                                0,
                                List.of(),
                                "",
                                0));
        var result = Result.undecided(new NoVerdict.Exhausted(), "2 candidates were tried");
        var v = running(steps).ended(State.FINISHED, result, START.plusMillis(5));
        assertThat(page(v, "zh-CN"))
                .contains("共尝试 1 个候选", "Unable to unify", "它与先前的某个候选相同")
                .doesNotContain("the same as candidate", "candidates were tried");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zh-CN", "zh", "zh-Hans-CN"})
    void speaksChinese(String language) {
        assertThat(page(proved("exact I."), language))
                .contains("<html lang=\"zh-CN\">", "已证明", "自行复核");
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "en-GB", "de", "", "not a tag <"})
    void speaksEnglishToEverybodyElse(String language) {
        assertThat(page(proved("exact I."), language)).contains("<html lang=\"en\">");
    }

    @Test
    void nothingThatAnybodyWroteBecomesMarkup() {
        List<Step> steps =
                List.of(
                        new Step.StatementChecked(START, false, EVIL, EVIL, 1),
                        new Step.CandidateGenerated(
                                START, 1, CandidateKind.PROOF, EVIL, EVIL, 0.8f, 1, 1),
                        new Step.CandidateChecked(
                                START, 1, true, EVIL, EVIL, 1, 1, List.of(EVIL), EVIL, 1));
        var v =
                new Verification(
                                new UUID(1, 2),
                                State.RUNNING,
                                "theorem",
                                "coq",
                                EVIL,
                                EVIL,
                                8,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                steps,
                                EVIL,
                                EVIL,
                                START,
                                null)
                        .ended(
                                State.FINISHED,
                                new Result(
                                        Verdict.UNDECIDED,
                                        EVIL,
                                        "a=" + EVIL,
                                        EVIL,
                                        EVIL,
                                        new NoVerdict.Exhausted()),
                                START);
        for (String language : List.of("en", "zh-CN")) {
            String page = new ReportPage(language).render(stored(v, EVIL));
            assertThat(page).doesNotContain("<script", "alert('").contains("&lt;script&gt;");
        }
    }

    @Test
    void theReportNeedsNothingFromOutside() {
        assertThat(page(proved("exact I."), "en"))
                .doesNotContain("http:", "https:", "//fonts", "<script", "@import", "url(");
    }

    @Test
    void bothLanguagesHaveTheSameTexts() throws IOException {
        var english = keys("report.properties");
        assertThat(keys("report_zh_CN.properties")).isEqualTo(english);
        assertThat(english).isNotEmpty();
    }

    private static Set<Object> keys(String name) throws IOException {
        var properties = new Properties();
        try (var stream = ReportPage.class.getResourceAsStream(name)) {
            assertThat(stream).isNotNull();
            properties.load(new InputStreamReader(stream, StandardCharsets.UTF_8));
        }
        return properties.keySet();
    }

    private static Verification proved(String proof) {
        return running(
                        List.of(
                                statementRead(),
                                new Step.CandidateGenerated(
                                        START, 1, CandidateKind.PROOF, proof, "", 0f, 9, 40),
                                new Step.CandidateChecked(
                                        START,
                                        1,
                                        true,
                                        "kernel",
                                        "",
                                        0,
                                        0,
                                        List.of("Coq.Logic.Classical_Prop.classic"),
                                        "Coq 8.16.1",
                                        80),
                                new Step.Decided(START, Verdict.PROVED, null)))
                .ended(State.FINISHED, Result.proved(proof, SOURCE), START.plusMillis(2_500));
    }

    private static Step statementRead() {
        return new Step.StatementChecked(START, true, "", "Coq 8.16.1", 3);
    }

    private static Verification running(List<Step> steps) {
        return new Verification(
                new UUID(1, 2),
                State.RUNNING,
                "theorem",
                "coq",
                "True",
                "",
                8,
                null,
                null,
                null,
                null,
                null,
                null,
                steps,
                "assay-reference",
                "1",
                START,
                null);
    }

    private static String page(Verification v, String language) {
        return new ReportPage(language).render(stored(v, "request-1"));
    }

    private static StoredVerification stored(Verification v, String requestId) {
        @Nullable Failure failure = null;
        var owner =
                new Caller(
                        new UUID(0, 1), Caller.Kind.USER, "u", "u", "ADMIN", Set.of(), null, null);
        return new StoredVerification(owner, requestId, v, failure);
    }
}
