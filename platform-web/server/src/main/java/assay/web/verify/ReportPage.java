package assay.web.verify;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The report as one HTML page that needs nothing else: no script, no font, no picture from
 * anywhere. Everything that a user, the model or the checker wrote is escaped. Stateless but for
 * its language.
 */
final class ReportPage {
    private static final String CSS = resource("report.css");

    /** A counterexample is a row of name=value without blanks inside. */
    private static final Pattern ASSIGNMENT = Pattern.compile("\\S+=\\S+");

    private static final Html LOGO =
            new Html(
                    """
                    <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M9 1h14l8 8v14l-8 8H9l-8-8V9z" \
                    fill="#1b2a31"/><path d="M8 24.5 16 7l8 17.5" fill="none" stroke="#f3efe4" \
                    stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/><path \
                    d="M4.5 20.2 27.5 15.8" fill="none" stroke="#d9a83c" stroke-width="3" \
                    stroke-linecap="round"/></svg>\
                    """);

    /** Without one a browser would ask the server for it; in the page, it needs no server. */
    private static final String ICON =
            Base64.getEncoder()
                    .encodeToString(
                            LOGO.markup()
                                    .replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
                                    .getBytes(StandardCharsets.UTF_8));

    private final ReportTexts texts;
    private final ReportSteps steps;
    private final ReportReason reason;

    ReportPage(String languageTag) {
        this.texts = ReportTexts.in(languageTag);
        this.steps = new ReportSteps(texts);
        this.reason = new ReportReason(texts);
    }

    /** The whole page. */
    String render(StoredVerification stored) {
        var v = stored.verification();
        String verdict = texts.get("verdict." + outcome(v));
        return Html.of(
                        """
                        <!doctype html>
                        <html lang="{}">
                        <head>
                        <meta charset="utf-8">
                        <meta name="viewport" content="width=device-width, initial-scale=1">
                        <meta name="robots" content="noindex">
                        <link rel="icon" href="data:image/svg+xml;base64,{}">
                        <title>{} · {} · {}</title>
                        <style>{}</style>
                        </head>
                        <body class="tone-{}">
                        <main>
                        <header>{}<b>{}</b><span>{}</span></header>
                        {}
                        <div class="columns"><div>{}</div><aside>{}</aside></div>
                        <footer>{}</footer>
                        </main>
                        </body>
                        </html>
                        """,
                        texts.languageTag(),
                        ICON,
                        verdict,
                        texts.get("title"),
                        texts.get("product"),
                        new Html(CSS),
                        tone(v),
                        LOGO,
                        texts.get("product"),
                        texts.get("title"),
                        hero(v, verdict),
                        body(v),
                        record(stored),
                        texts.get("footer"))
                .markup();
    }

    private Html hero(Verification v, String verdict) {
        return Html.of(
                "<div class=\"hero\">{}<div><h1>{}</h1><p>{}</p></div></div>",
                stamp(v),
                verdict,
                texts.get("meaning." + outcome(v), tool(v)));
    }

    private Html body(Verification v) {
        List<Html> parts = new ArrayList<>();
        parts.add(section("statement", Html.of("<p class=\"statement\">{}</p>", v.statement())));
        if (!v.preamble().isBlank()) {
            parts.add(section("preamble", code(v.preamble())));
        }
        if (v.proof() != null) {
            parts.add(section("proof", Html.of("{}{}", code(v.proof()), about("proof.about"))));
        }
        if (v.counterexample() != null) {
            parts.add(counterexample(v.counterexample()));
        }
        if (v.source() != null) {
            parts.add(again(v, v.source()));
            parts.add(axioms(v));
        }
        if (v.verdict() != Verdict.PROVED && v.verdict() != Verdict.REFUTED) {
            parts.add(section("reason", reason.why(v)));
            parts.add(section("next", reason.next(v)));
        }
        parts.add(section("steps", steps.render(v)));
        return Html.join(parts);
    }

    private Html counterexample(String assignment) {
        List<Html> chips =
                ASSIGNMENT
                        .matcher(assignment)
                        .results()
                        .map(match ->
                                Html.of("<li>{}</li>", match.group().replaceFirst("=", " = ")))
                        .toList();
        Html values =
                chips.isEmpty()
                        ? code(assignment)
                        : Html.of("<ul class=\"chips\">{}</ul>", Html.join(chips));
        return section("counterexample", Html.of("{}{}", values, about("counterexample.about")));
    }

    /** What anybody needs to have the verdict confirmed without this server. */
    private Html again(Verification v, String source) {
        String data = Base64.getEncoder().encodeToString(source.getBytes(StandardCharsets.UTF_8));
        return section(
                "again",
                Html.of(
                        """
                        <p class="about">{}</p>
                        <pre class="wrap command">coqc Sol.v   <i>{}</i></pre>
                        <a class="save" download="Sol.v" href="data:text/plain;charset=utf-8;base64,{}">{}</a>
                        <pre>{}</pre>
                        <p class="sha">{}: {}</p>
                        """,
                        texts.get("again.about", tool(v)),
                        texts.get("again.command"),
                        data,
                        texts.get("again.download"),
                        source,
                        texts.get("again.sha"),
                        Sha256.hex(source)));
    }

    private Html axioms(Verification v) {
        List<String> axioms = VerificationJson.axioms(v);
        if (axioms.isEmpty()) {
            return section("axioms", Html.of("<p>{}</p>", texts.get("axioms.none")));
        }
        List<Html> rows = axioms.stream().map(this::axiom).toList();
        return section(
                "axioms",
                Html.of(
                        "<p>{}</p><ul class=\"plain\">{}</ul>",
                        texts.get("axioms.some"),
                        Html.join(rows)));
    }

    private Html axiom(String name) {
        String key = "axiom." + name.substring(name.lastIndexOf('.') + 1);
        return texts.has(key)
                ? Html.of("<li><code>{}</code> · {}</li>", name, texts.get(key))
                : Html.of("<li><code>{}</code></li>", name);
    }

    private Html record(StoredVerification stored) {
        var v = stored.verification();
        var tally = v.tally();
        List<Html> facts = new ArrayList<>();
        facts.add(code("id", v.id().toString()));
        facts.add(fact("scenario", texts.get("scenario." + v.scenario())));
        facts.add(fact("model", v.model()));
        facts.add(fact("version", v.modelVersion()));
        facts.add(fact("tool", VerificationJson.tool(v)));
        facts.add(fact("started", texts.time(v.createdAt())));
        if (v.finishedAt() != null) {
            facts.add(fact("finished", texts.time(v.finishedAt())));
            facts.add(fact("duration", texts.between(v.createdAt(), v.finishedAt())));
        }
        facts.add(fact("samples", Integer.toString(v.samples())));
        facts.add(fact("candidates", Integer.toString(tally.candidates())));
        facts.add(fact("tokens", Integer.toString(tally.tokens())));
        facts.add(code("statement.sha", Sha256.hex(v.statement())));
        facts.add(code("request", stored.requestId()));
        return section("record", Html.of("<dl class=\"facts\">{}</dl>", Html.join(facts)));
    }

    private Html fact(String key, @Nullable String value) {
        return Html.of(
                "<dt>{}</dt><dd>{}</dd>",
                texts.get("fact." + key),
                value == null || value.isBlank() ? texts.get("none") : value);
    }

    private Html code(String key, String value) {
        return Html.of("<dt>{}</dt><dd class=\"code\">{}</dd>", texts.get("fact." + key), value);
    }

    private Html section(String key, Html content) {
        return Html.of("<section><h2>{}</h2>{}</section>\n", texts.get("section." + key), content);
    }

    private Html about(String key) {
        return Html.of("<p class=\"about\">{}</p>", texts.get(key));
    }

    private static Html code(String text) {
        return Html.of("<pre class=\"wrap\">{}</pre>", text);
    }

    private String tool(Verification v) {
        return Objects.requireNonNullElse(VerificationJson.tool(v), texts.get("checker"));
    }

    /** The verdict's name, or the state's where there is none. */
    private static String outcome(Verification v) {
        return v.verdict() != null ? v.verdict().id() : v.state().name().toLowerCase(Locale.ROOT);
    }

    private static String tone(Verification v) {
        return v.verdict() == null
                ? "quiet"
                : switch (v.verdict()) {
                    case PROVED -> "good";
                    case REFUTED -> "bad";
                    case UNDECIDED -> "mid";
                };
    }

    /** An octagon as assay offices strike them, with the verdict's sign. */
    private static Html stamp(Verification v) {
        String sign =
                switch (tone(v)) {
                    case "good" -> "M33 61 52 79 88 41";
                    case "bad" -> "M39 39 81 81M81 39 39 81";
                    case "mid" -> "M45 48a15 15 0 1 1 22 13c-5 3-7 6-7 11M60 85v1";
                    default -> "M38 60h44";
                };
        return Html.of(
                """
                <svg class="stamp" viewBox="0 0 120 120" aria-hidden="true" fill="none" \
                stroke-linecap="round" stroke-linejoin="round"><path d="M36 4h48l32 32v48l-32 \
                32H36L4 84V36z" fill="var(--tone-bg)" stroke="var(--tone)" stroke-width="4"/><path \
                d="M39.500 12h41L108 39.500v41L80.500 108h-41L12 80.500v-41z" stroke="var(--tone)" \
                stroke-width="1.500"/><path d="{}" stroke="var(--tone)" stroke-width="8"/></svg>\
                """,
                sign);
    }

    private static String resource(String name) {
        try (var stream = ReportPage.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException(name + " is not beside its class");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
