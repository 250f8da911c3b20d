package assay.web.console.audit;

import assay.audit.search.AuditScope;
import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import assay.web.trail.AuditProof;
import assay.web.trail.TrailProof;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;

/** Checks that nothing was altered, and says what the check found. */
class IntegrityDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final transient TrailProof proof;
    private final transient Caller caller;
    private final transient AuditScope scope;
    private final Div result = Markup.div("audit-check");
    private final Button begin = new Button();

    IntegrityDialog(Component owner, TrailProof proof, Caller caller, AuditScope scope) {
        this.words = new AuditWords(owner);
        this.proof = proof;
        this.caller = caller;
        this.scope = scope;
        setHeaderTitle(words.text("audit.check.title"));
        addClassName("form-dialog");
        begin.setText(words.text("audit.check.begin"));
        begin.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        begin.addClickListener(click -> run(() -> proof.start(AdminCall.console(caller), scope)));
        Markup.role(result, "status");
        add(
                Markup.div(
                        "form-dialog-body",
                        Markup.paragraph("", words.text("audit.check.text")),
                        result));
        getFooter().add(new Button(words.text("audit.record.close"), click -> close()), begin);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
        refresh();
    }

    private void run(Runnable action) {
        try {
            action.run();
            refresh();
        } catch (WebException e) {
            result.removeAll();
            result.add(new Trouble(e));
        }
    }

    /** Shows how far it is; asked again and again while it is open. */
    final void refresh() {
        try {
            proof.last(caller, scope).ifPresent(this::show);
        } catch (WebException e) {
            result.removeAll();
            result.add(new Trouble(e));
        }
    }

    private void show(AuditProof.Check check) {
        result.removeAll();
        begin.setEnabled(check.phase() != AuditProof.Phase.RUNNING);
        switch (check.phase()) {
            case RUNNING -> {
                var meter = new Meter(words.text("audit.check.running"));
                meter.set(
                        check.checked() / (double) Math.max(1, check.expected()),
                        words.text(
                                "audit.export.of",
                                words.count(check.checked()),
                                words.count(check.expected())));
                result.add(meter);
            }
            case INTACT ->
                    result.add(
                            callout(
                                    "callout-good",
                                    Glyph.CHECK,
                                    words.text("audit.check.intact", words.count(check.checked())),
                                    ""));
            case BROKEN ->
                    result.add(
                            callout(
                                    "callout-bad",
                                    Glyph.WARNING,
                                    words.text("audit.check.broken"),
                                    fault(check)));
            case FAILED ->
                    result.add(
                            callout(
                                    "callout-bad",
                                    Glyph.WARNING,
                                    words.text("audit.check.failed"),
                                    fault(check)));
        }
    }

    private static String fault(AuditProof.Check check) {
        String fault = check.fault();
        return fault == null ? "" : fault;
    }

    private static Div callout(String css, Glyph glyph, String title, String text) {
        var words = Markup.div("", Markup.span("callout-title", title));
        if (!text.isEmpty()) {
            var detail = Markup.span("callout-detail", text);
            detail.getElement().setAttribute("lang", "en");
            words.add(detail);
        }
        return Markup.div("callout " + css, glyph.draw(), words);
    }
}
