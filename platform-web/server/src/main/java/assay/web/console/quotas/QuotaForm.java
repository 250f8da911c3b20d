package assay.web.console.quotas;

import assay.web.WebException;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.LimitKind;
import assay.web.limits.Quota;
import assay.web.limits.QuotaBook;
import assay.web.limits.QuotaBook.Holder;
import assay.web.limits.QuotaBook.Setting;
import assay.web.limits.Subject;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.NumberField;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Sets a new limit. */
class QuotaForm extends Div {
    private static final long serialVersionUID = 1L;
    private static final int SOFT_PERCENT = 80;

    private final transient QuotaBook book;
    private final transient Caller caller;
    private final ComboBox<Holder> holder = new ComboBox<>();
    private final Select<LimitKind> kind = new Select<>();
    private final NumberField amount = new NumberField();
    private final NumberField soft = new NumberField();
    private final Div trouble = Markup.div("");
    private final transient Runnable done;

    QuotaForm(QuotaBook book, Caller caller, QuotaWords words, Runnable done) {
        this.book = book;
        this.caller = caller;
        this.done = done;
        setClassName("quota-form");
        holder.setLabel(getTranslation("quotas.form.holder"));
        List<Holder> holders =
                caller.may(Permission.TENANT_MANAGE)
                        ? book.holders(caller)
                        : book.holders(caller).stream()
                                .filter(each -> each.subject().kind() != Subject.Kind.TENANT)
                                .toList();
        holder.setItems(holders);
        holder.setItemLabelGenerator(
                each -> getTranslation("quotas.holder." + each.subject().kind().id(), each.name()));
        kind.setLabel(getTranslation("quotas.form.kind"));
        kind.setItems(
                Arrays.stream(LimitKind.values())
                        .filter(each -> each != LimitKind.DEVICE_BYTES)
                        .toList());
        kind.setItemLabelGenerator(words::kind);
        kind.setValue(LimitKind.REQUESTS_PER_MINUTE);
        bound(amount, "quotas.form.amount", 0, (double) Quota.MOST);
        bound(soft, "quotas.form.soft", 1, 100);
        soft.setValue((double) SOFT_PERCENT);
        var create = new Button(getTranslation("quotas.form.create"), click -> create());
        create.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
        add(Markup.div("quota-fields", holder, kind, amount, soft), trouble, create);
    }

    private void bound(NumberField field, String key, double least, double most) {
        field.setLabel(getTranslation(key));
        field.setMin(least);
        field.setMax(most);
        field.setStep(1);
        field.setManualValidation(true);
        field.setErrorMessage(getTranslation("quotas.form.wrong"));
    }

    /** The whole number in the field; marks it when there is none within its bounds. */
    static boolean check(NumberField field) {
        Double value = field.getValue();
        boolean good =
                value != null
                        && value >= field.getMin()
                        && value <= field.getMax()
                        && value == Math.rint(value);
        field.setInvalid(!good);
        return good;
    }

    private void create() {
        trouble.removeAll();
        Holder chosen = holder.getValue();
        holder.setInvalid(chosen == null);
        holder.setErrorMessage(getTranslation("quotas.form.missing"));
        boolean amountGood = check(amount); // both are marked, not only the first
        boolean good = check(soft) && amountGood;
        if (chosen == null || !good) {
            return;
        }
        try {
            book.create(
                    caller,
                    UUID.randomUUID().toString(),
                    null,
                    new Setting(
                            chosen.subject(),
                            kind.getValue(),
                            amount.getValue().longValue(),
                            soft.getValue().intValue()));
            amount.clear();
            done.run();
        } catch (WebException e) {
            trouble.add(new Trouble(e));
        }
    }
}
