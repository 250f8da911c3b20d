package assay.web.console.audit;

import assay.audit.search.AuditQuery;
import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.Meter;
import assay.web.console.part.Pill;
import assay.web.identity.Caller;
import assay.web.tenants.AdminCall;
import assay.web.trail.AuditExport;
import assay.web.trail.AuditExports;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.server.streams.DownloadEvent;
import com.vaadin.flow.server.streams.DownloadHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.util.UUID;

/** Exports of what the search finds: begun, watched, loaded. */
class ExportDialog extends Dialog {
    private static final long serialVersionUID = 1L;

    private final transient AuditWords words;
    private final transient AuditExports exports;
    private final transient Caller caller;
    private final Div list = Markup.div("audit-exports");
    private final Div trouble = Markup.div("");

    ExportDialog(Component owner, AuditExports exports, Caller caller, AuditQuery query) {
        this.words = new AuditWords(owner);
        this.exports = exports;
        this.caller = caller;
        setHeaderTitle(words.text("audit.export.title"));
        addClassName("form-dialog");
        var format = new RadioButtonGroup<AuditExport.Format>(words.text("audit.export.format"));
        format.setItems(AuditExport.Format.values());
        format.setItemLabelGenerator(each -> words.text("audit.export.format." + each.id()));
        format.setValue(AuditExport.Format.NDJSON);
        var begin = new Button(words.text("audit.export.begin"));
        begin.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        begin.addClickListener(click ->
                run(() -> exports.create(AdminCall.console(caller), query, format.getValue())));
        add(
                Markup.div(
                        "form-dialog-body",
                        Markup.paragraph(
                                "",
                                words.text(
                                        "audit.export.range",
                                        words.time(query.from()),
                                        words.time(query.to()))),
                        format,
                        begin,
                        trouble,
                        list));
        getFooter().add(new Button(words.text("audit.record.close"), click -> close()));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                removeFromParent();
            }
        });
        refresh();
    }

    private void run(Runnable action) {
        trouble.removeAll();
        try {
            action.run();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
        refresh();
    }

    /** Shows how far they are; asked again and again while it is open. */
    final void refresh() {
        list.removeAll();
        try {
            exports.list(caller).forEach(each -> list.add(line(each)));
        } catch (WebException e) {
            trouble.removeAll();
            trouble.add(new Trouble(e));
        }
    }

    private Div line(AuditExport export) {
        var tools = Markup.div("buttons");
        if (export.state() == AuditExport.State.DONE) {
            var download = new Anchor((DownloadHandler) event -> download(event, export.id()), "");
            download.add(Glyph.DOWNLOAD.draw(), new Span(words.text("audit.export.download")));
            download.setClassName("button");
            tools.add(download);
        }
        var remove =
                new Button(
                        words.text(export.open() ? "audit.export.cancel" : "audit.export.remove"),
                        click -> run(() -> exports.remove(AdminCall.console(caller), export.id())));
        remove.addThemeVariants(ButtonVariant.LUMO_TERTIARY);
        tools.add(remove);
        var line =
                Markup.div(
                        "audit-export",
                        Markup.div(
                                "search-two",
                                Markup.span("mono", export.fileName()),
                                Markup.span("hint", words.time(export.createdAt()))),
                        new Pill(
                                tone(export.state()),
                                words.text("audit.export.state." + export.state().id())),
                        tools);
        Long expected = export.expected();
        if (export.open()) {
            var meter = new Meter(words.text("audit.export.progress"));
            meter.set(
                    expected == null || expected == 0
                            ? 0
                            : export.records() / (double) Math.max(1, expected),
                    expected == null
                            ? words.text("audit.export.records", words.count(export.records()))
                            : words.text(
                                    "audit.export.of",
                                    words.count(export.records()),
                                    words.count(expected)));
            line.add(meter);
        } else if (export.state() == AuditExport.State.DONE) {
            line.add(
                    Markup.span(
                            "hint",
                            words.text("audit.export.records", words.count(export.records()))
                                    + " · "
                                    + words.figures().bytes(export.bytes())
                                    + " · "
                                    + words.text(
                                            "audit.export.until", words.time(export.expiresAt()))));
        } else if (export.reason() != null) {
            var reason = Markup.span("hint", export.reason());
            reason.getElement().setAttribute("lang", "en");
            line.add(reason);
        }
        return line;
    }

    private static Pill.Tone tone(AuditExport.State state) {
        return switch (state) {
            case WAITING, RUNNING -> Pill.Tone.BUSY;
            case DONE -> Pill.Tone.GOOD;
            case FAILED -> Pill.Tone.BAD;
            case CANCELLED -> Pill.Tone.QUIET;
        };
    }

    private void download(DownloadEvent event, UUID id) throws IOException {
        AuditExport export = exports.find(caller, id);
        event.setFileName(export.fileName());
        event.setContentType(
                export.format() == AuditExport.Format.CSV ? "text/csv" : "application/x-ndjson");
        Files.copy(exports.file(AdminCall.console(caller), id), event.getOutputStream());
    }
}
