package assay.web.console.verify;

import assay.web.console.part.CodeBlock;
import assay.web.console.part.CopyButton;
import assay.web.console.part.Figures;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Stamp;
import assay.web.verify.Step;
import assay.web.verify.Verdict;
import assay.web.verify.Verification;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.AnchorTarget;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.server.streams.DownloadHandler;
import com.vaadin.flow.server.streams.DownloadResponse;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * What a verification came to, in one word, in a sentence, and with everything needed to repeat it.
 */
class VerdictPanel extends Section {
    private static final long serialVersionUID = 1L;

    private final transient Verification verification;
    private final transient Figures figures;

    VerdictPanel(Verification verification, Figures figures) {
        this.verification = verification;
        this.figures = figures;
        var kind = kind(verification);
        setClassName("panel verdict verdict-" + kind.id());
        var title = new H2(getTranslation("verdict." + kind.id() + ".title"));
        title.setId("verdict-title");
        getElement().setAttribute("aria-labelledby", "verdict-title");
        add(
                Markup.div(
                        "verdict-head",
                        new Stamp(kind),
                        Markup.div(
                                "verdict-words",
                                title,
                                Markup.paragraph("verdict-meaning", meaning(kind)),
                                facts())));
        addEvidence();
        add(actions());
    }

    /** How a verification that is over is shown. */
    static Stamp.Kind kind(Verification verification) {
        var verdict = verification.verdict();
        return switch (verification.state()) {
            case RUNNING -> Stamp.Kind.RUNNING;
            case CANCELLED -> Stamp.Kind.STOPPED;
            case FAILED -> Stamp.Kind.FAILED;
            case FINISHED -> verdict == null ? Stamp.Kind.UNDECIDED : kind(verdict);
        };
    }

    private static Stamp.Kind kind(Verdict verdict) {
        return switch (verdict) {
            case PROVED -> Stamp.Kind.PROVED;
            case REFUTED -> Stamp.Kind.REFUTED;
            case UNDECIDED -> Stamp.Kind.UNDECIDED;
        };
    }

    private String meaning(Stamp.Kind kind) {
        if (statementRefused()) {
            return getTranslation("verdict.statement.meaning");
        }
        boolean untried = kind == Stamp.Kind.UNDECIDED && tried() == 0;
        return getTranslation(
                untried ? "verdict.untried.meaning" : "verdict." + kind.id() + ".meaning");
    }

    private long tried() {
        return verification.steps().stream()
                .filter(Step.CandidateChecked.class::isInstance)
                .map(Step.CandidateChecked.class::cast)
                .filter(each -> !each.phase().equals("duplicate"))
                .count();
    }

    private boolean statementRefused() {
        return verification.steps().stream()
                .anyMatch(each ->
                        each instanceof Step.StatementChecked checked && !checked.accepted());
    }

    private Div facts() {
        var facts = Markup.div("verdict-facts");
        facts.add(new Span(getTranslation("verdict.tries", tried(), verification.samples())));
        var end = verification.finishedAt();
        if (end != null) {
            long millis = Duration.between(verification.createdAt(), end).toMillis();
            facts.add(new Span(figures.millis(Math.max(0, millis))));
        }
        var model = verification.model();
        if (model != null) {
            var version = verification.modelVersion();
            facts.add(new Span(version == null ? model : model + " · " + version));
        }
        return facts;
    }

    private void addEvidence() {
        var explanation = new Explanation(verification);
        if (!explanation.isEmpty()) {
            add(explanation);
        }
        var proof = verification.proof();
        if (proof != null) {
            add(new CodeBlock(getTranslation("code.proof"), proof, 0), axioms());
        }
        var counterexample = verification.counterexample();
        if (counterexample != null) {
            add(new CodeBlock(getTranslation("code.counterexample"), counterexample, 0));
        }
        var source = verification.source();
        if (source != null) {
            var file = new NativeDetails(getTranslation("code.file.what"));
            file.setClassName("file");
            file.setContent(
                    new CodeBlock(getTranslation("code.file"), source, 0, download(source)));
            add(file);
        }
    }

    private Div axioms() {
        List<String> axioms =
                verification.steps().stream()
                        .filter(Step.CandidateChecked.class::isInstance)
                        .map(Step.CandidateChecked.class::cast)
                        .filter(Step.CandidateChecked::accepted)
                        .findFirst()
                        .map(Step.CandidateChecked::axioms)
                        .orElse(List.of());
        var line = Markup.div("axioms", Markup.span("overline", getTranslation("axioms.title")));
        if (axioms.isEmpty()) {
            line.add(new Span(getTranslation("axioms.none")));
        }
        axioms.forEach(each -> line.add(Markup.span("axiom mono", each)));
        return line;
    }

    private Anchor download(String source) {
        byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
        var name = "assay-" + verification.id() + ".v";
        var link =
                new Anchor(
                        DownloadHandler.fromInputStream(event ->
                                new DownloadResponse(
                                        new ByteArrayInputStream(bytes),
                                        name,
                                        "text/plain;charset=utf-8",
                                        bytes.length)),
                        "");
        link.add(Glyph.DOWNLOAD.draw(), new Span(getTranslation("code.download")));
        link.getElement().setAttribute("download", name);
        link.setClassName("quiet");
        return link;
    }

    private Div actions() {
        var report =
                new Anchor(ReportPages.path(verification.id(), getLocale()), Glyph.OPEN.draw());
        report.add(new Span(getTranslation("verdict.report")));
        report.setTarget(AnchorTarget.BLANK);
        report.setRouterIgnore(true);
        report.setClassName("button");
        return Markup.div(
                "verdict-actions",
                report,
                CopyButton.ofPath(
                        VerifyView.path(verification.id()), getTranslation("verdict.link")));
    }
}
