package assay.web.console.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.jobs.CsvItems;
import assay.web.jobs.ItemSource;
import assay.web.jobs.Job;
import assay.web.jobs.JobKind;
import assay.web.jobs.JobLimits;
import assay.web.jobs.Jobs;
import assay.web.jobs.NdjsonItems;
import assay.web.jobs.NewJob;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.component.upload.Upload;
import com.vaadin.flow.component.upload.UploadFormat;
import com.vaadin.flow.component.upload.UploadI18N;
import com.vaadin.flow.server.streams.UploadEvent;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import tools.jackson.databind.node.JsonNodeFactory;

/** Says how a job is to be run and takes the file of its items in, which is read as it comes. */
class JobForm extends Div {
    private static final long serialVersionUID = 1L;
    private static final int NAME_CHARS = 200;
    private static final int MOST_TOKENS = 1_000_000;

    private final transient Jobs jobs;
    private final transient Caller caller;
    private final transient JobLimits limits;
    private final transient Consumer<Job> onSubmitted;
    private final RadioButtonGroup<JobKind> kind = new RadioButtonGroup<>();
    private final TextField name = new TextField();
    private final IntegerField priority = new IntegerField();
    private final IntegerField tokens = new IntegerField();
    private final Upload upload = new Upload();
    private final Div problem = Markup.div("jobs-problem");

    /** What was entered; read by the thread of an upload. */
    private transient volatile Draft draft = new Draft(JobKind.GENERATE, "", 0, 0);

    private record Draft(JobKind kind, String name, int priority, int maxTokens) {
        NewJob job(String fileName) {
            var defaults = JsonNodeFactory.instance.objectNode();
            if (kind == JobKind.GENERATE && maxTokens > 0) {
                defaults.put("max_tokens", maxTokens);
            }
            String called = name.isBlank() ? fileName : name.strip();
            String cut = called.length() <= NAME_CHARS ? called : called.substring(0, NAME_CHARS);
            return new NewJob(null, cut, kind, null, defaults, priority, null, 0);
        }
    }

    JobForm(Jobs jobs, Caller caller, JobLimits limits, Consumer<Job> onSubmitted) {
        this.jobs = jobs;
        this.caller = caller;
        this.limits = limits;
        this.onSubmitted = onSubmitted;
        setClassName("panel jobs-form");
        describeFields();
        describeUpload();
        add(
                kind,
                Markup.div("jobs-fields", name, tokens, priority),
                upload,
                Markup.paragraph("hint", getTranslation("jobs.form.help")),
                problem);
    }

    private void describeFields() {
        kind.setLabel(getTranslation("jobs.form.kind"));
        kind.setItems(
                List.of(JobKind.values()).stream()
                        .filter(each -> caller.may(each.permission()))
                        .toList());
        kind.setItemLabelGenerator(each -> getTranslation("jobs.kind." + each.id()));
        kind.setValue(JobKind.GENERATE);
        kind.addValueChangeListener(change -> {
            tokens.setVisible(change.getValue() == JobKind.GENERATE);
            remember();
        });
        name.setLabel(getTranslation("jobs.form.name"));
        name.setHelperText(getTranslation("jobs.form.name.help"));
        name.setMaxLength(NAME_CHARS);
        name.addValueChangeListener(change -> remember());
        tokens.setLabel(getTranslation("jobs.form.tokens"));
        tokens.setHelperText(getTranslation("jobs.form.tokens.help"));
        tokens.setMin(1);
        tokens.setMax(MOST_TOKENS);
        tokens.addValueChangeListener(change -> remember());
        priority.setLabel(getTranslation("jobs.form.priority"));
        priority.setHelperText(getTranslation("jobs.form.priority.help"));
        priority.setMin(-100);
        priority.setMax(100);
        priority.setValue(0);
        priority.setStepButtonsVisible(true);
        priority.addValueChangeListener(change -> remember());
    }

    private void describeUpload() {
        var choose = new Button(getTranslation("jobs.form.file"));
        choose.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        upload.setUploadButton(choose);
        upload.setDropLabel(new Span(getTranslation("jobs.form.drop")));
        upload.setMaxFiles(1);
        upload.setAcceptedFileExtensions(".ndjson", ".jsonl", ".csv");
        upload.setUploadFormat(UploadFormat.RAW);
        upload.setUploadHandler(this::take);
        upload.setI18n(
                new UploadI18N()
                        .setError(
                                new UploadI18N.Error()
                                        .setIncorrectFileType(
                                                getTranslation("jobs.form.wrong-type")))
                        .setUploading(
                                new UploadI18N.Uploading()
                                        .setError(
                                                new UploadI18N.Uploading.Error()
                                                        .setUnexpectedServerError(
                                                                getTranslation("jobs.form.failed"))
                                                        .setForbidden(
                                                                getTranslation(
                                                                        "jobs.form.failed")))));
    }

    private void remember() {
        Integer first = priority.getValue();
        Integer most = tokens.getValue();
        draft =
                new Draft(
                        kind.getValue(),
                        name.getValue(),
                        first == null ? 0 : first,
                        most == null ? 0 : most);
    }

    /** On the thread of the upload: the UI is only touched for the outcome. */
    private void take(UploadEvent event) throws IOException {
        var ui = event.getUI();
        try (InputStream in = event.getInputStream()) {
            String file = event.getFileName();
            Job job = submit(file, in);
            Future<?> _ = ui.access(() -> onSubmitted.accept(job));
        } catch (WebException e) {
            Future<?> _ = ui.access(() -> complain(e));
        }
    }

    /** Submits a file as what was entered says. */
    final Job submit(String file, InputStream in) throws IOException {
        ItemSource items;
        String extension = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (extension.equals("csv")) {
            items = new CsvItems(in, limits);
        } else {
            var lines = new NdjsonItems(in, limits);
            if (lines.header().isPresent()) {
                throw new WebException(
                        ErrorCode.INVALID_REQUEST,
                        "line 1: says how the job is to be run, which the form does (expected: an"
                                + " item)");
            }
            items = lines;
        }
        var call = new Jobs.Call(caller, UUID.randomUUID().toString());
        return jobs.submit(call, draft.job(file), items).job();
    }

    final void complain(WebException refusal) {
        problem.removeAll();
        problem.add(new JobTrouble(refusal));
        upload.clearFileList();
    }
}
