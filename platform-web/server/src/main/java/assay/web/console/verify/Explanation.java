package assay.web.console.verify;

import assay.web.ErrorCode;
import assay.web.console.part.Markup;
import assay.web.verify.NoVerdict;
import assay.web.verify.Verification;
import com.vaadin.flow.component.html.Code;
import com.vaadin.flow.component.html.Div;

/**
 * Why there is no verdict and what to try next, in the visitor's language; only what the checker
 * said stands in the checker's words. Empty where the verdict's own line says it all.
 */
class Explanation extends Div {
    private static final long serialVersionUID = 1L;

    Explanation(Verification verification) {
        setClassName("verdict-reason");
        var cause = verification.cause();
        if (cause == null) {
            return;
        }
        switch (cause) {
            case NoVerdict.Exhausted _ -> {
                say(tried(verification));
                quote(verification);
                say(getTranslation("reason.exhausted.next"));
            }
            case NoVerdict.OutOfTime c -> {
                say(getTranslation("reason.out-of-time", c.bound().toSeconds()));
                if (verification.tally().candidates() > 0) {
                    say(tried(verification));
                }
                quote(verification);
                say(getTranslation("reason.out-of-time.next"));
            }
            case NoVerdict.NoChecker c -> {
                String system = getTranslation("system." + c.system());
                say(getTranslation("reason.no-checker", system));
                say(getTranslation("reason.no-checker.next"));
                add(Markup.with(new Code("apt-get install coq bubblewrap"), "command"));
            }
            case NoVerdict.Failed c -> {
                // Of a refused statement the verdict's line tells, and the first step has why.
                if (c.code() != ErrorCode.STATEMENT_INVALID) {
                    say(getTranslation("error." + c.code().slug()));
                }
            }
            case NoVerdict.Cancelled _ -> {
                // The verdict's line says it.
            }
        }
    }

    boolean isEmpty() {
        return getChildren().findAny().isEmpty();
    }

    private String tried(Verification verification) {
        var tally = verification.tally();
        return getTranslation(
                "reason.tried",
                tally.candidates(),
                tally.proofs(),
                tally.counterexamples(),
                tally.neither(),
                tally.duplicates());
    }

    private void quote(Verification verification) {
        verification
                .lastAnswer()
                .ifPresent(words -> {
                    add(Markup.span("overline", getTranslation("reason.last")));
                    add(Markup.with(new Code(words), "message"));
                });
    }

    private void say(String sentence) {
        add(Markup.paragraph("", sentence));
    }
}
