package assay.web.console.audit;

import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.audit.policy.AuditPolicy.Content;
import assay.web.console.part.Markup;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import java.util.Locale;

/** How long records are kept, and what of the calls' content is in them. */
class PolicyForm extends Div {
    private static final long serialVersionUID = 1L;
    private static final int MOST_DAYS = 3650;

    private final IntegerField days = new IntegerField();
    private final RadioButtonGroup<Content> content = new RadioButtonGroup<>();

    PolicyForm(Component owner, AuditPolicy policy) {
        var words = new AuditWords(owner);
        setClassName("form-dialog-body");
        days.setLabel(words.text("audit.policy.days"));
        days.setHelperText(words.text("audit.policy.days.hint", AuditPolicy.LEAST_DAYS));
        days.setMin(AuditPolicy.LEAST_DAYS);
        days.setMax(MOST_DAYS);
        days.setStepButtonsVisible(true);
        days.setValue(policy.retentionDays());
        content.setLabel(words.text("audit.policy.content"));
        content.setItems(Content.values());
        content.setItemLabelGenerator(
                each -> words.text("audit.policy.content." + each.name().toLowerCase(Locale.ROOT)));
        content.setValue(policy.content());
        add(days, content, Markup.paragraph("hint", words.text("audit.policy.hint")));
    }

    int days() {
        Integer value = days.getValue();
        if (value == null || value < AuditPolicy.LEAST_DAYS || value > MOST_DAYS) {
            throw WebException.invalid(
                    "retention_days", "expected: " + AuditPolicy.LEAST_DAYS + ".." + MOST_DAYS);
        }
        return value;
    }

    Content content() {
        return content.getValue();
    }
}
