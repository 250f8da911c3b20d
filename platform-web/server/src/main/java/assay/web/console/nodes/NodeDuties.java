package assay.web.console.nodes;

import assay.web.console.cluster.Confirmation;
import assay.web.console.part.Glyph;
import assay.web.console.part.Markup;
import assay.web.console.part.TimeText;
import assay.web.identity.Caller;
import assay.web.insight.Node;
import assay.web.nodes.NodeOperations;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What operators want of a node, what came of it so far, and the buttons that change it. */
class NodeDuties extends Div {
    private static final long serialVersionUID = 1L;
    private static final int REASON_CHARS = 200;
    private static final int DAY_SECONDS = 86_400;

    private final transient NodeOperations operations;
    private final transient Caller caller;
    private final transient Runnable changed;
    private final Div status = Markup.div("callout");
    private final Span title = Markup.span("callout-title", "");
    private final Span text = new Span();
    private final Span reason = Markup.span("callout-detail", "");
    private final TimeText drained;
    private final Div buttons = Markup.div("buttons");
    private transient @Nullable Node shown;

    NodeDuties(NodeOperations operations, Caller caller, Runnable changed) {
        this.operations = operations;
        this.caller = caller;
        this.changed = changed;
        setClassName("duties");
        drained = new TimeText(0, getLocale());
        Markup.role(status, "status");
        status.add(Glyph.NODE.draw(), Markup.div("", title, text, drained, reason));
        add(status, buttons);
    }

    void show(Node node) {
        var before = shown;
        shown = node;
        if (before == null
                || before.duty() != node.duty()
                || before.state() != node.state()
                || (before.stages() == 0) != (node.stages() == 0)) {
            offer(node);
        }
        status.setVisible(node.duty() != Node.Duty.OPEN);
        boolean draining = node.duty() == Node.Duty.DRAINING;
        status.setClassName("callout-info", node.drained());
        status.setClassName("callout-warn", !node.drained());
        if (draining) {
            title.setText(
                    getTranslation(node.drained() ? "duty.drained.title" : "duty.draining.title"));
            text.setText(
                    node.drained()
                            ? getTranslation("duty.drained.text")
                            : getTranslation("duty.draining.text", node.stages()));
        } else {
            title.setText(getTranslation("duty.cordoned.title"));
            text.setText(getTranslation("duty.cordoned.text", node.stages()));
        }
        drained.setVisible(node.drained() && node.drainedUnixMillis() > 0);
        drained.set(node.drainedUnixMillis());
        reason.setText(node.dutyReason());
        reason.setVisible(!node.dutyReason().isBlank());
    }

    private void offer(Node node) {
        buttons.removeAll();
        if (node.duty() == Node.Duty.OPEN) {
            buttons.add(button("duty.cordon", () -> cordon(node)));
        } else {
            buttons.add(button("duty.uncordon", () -> uncordon(node)));
        }
        if (node.duty() != Node.Duty.DRAINING) {
            buttons.add(button("duty.drain", () -> drain(node)));
        }
        if (node.state() == Node.State.LOST && node.stages() == 0) {
            buttons.add(button("duty.forget", () -> forget(node)));
        }
    }

    private NativeButton button(String key, Runnable action) {
        var button = new NativeButton(getTranslation(key), click -> action.run());
        button.setClassName("button");
        button.getElement().setAttribute("type", "button");
        return button;
    }

    private void cordon(Node node) {
        var why = reasonField();
        ask(
                "cordon",
                getTranslation("duty.cordon.text", node.name(), node.stages()),
                () -> operations.cordon(caller, requestId(), node.id(), why.getValue()),
                why);
    }

    private void uncordon(Node node) {
        ask(
                "uncordon",
                getTranslation("duty.uncordon.text", node.name()),
                () -> operations.uncordon(caller, requestId(), node.id()));
    }

    private void drain(Node node) {
        var why = reasonField();
        var bound = new IntegerField(getTranslation("duty.bound"));
        bound.setHelperText(getTranslation("duty.bound.help"));
        bound.setMin(1);
        bound.setMax(DAY_SECONDS);
        bound.setWidthFull();
        ask(
                "drain",
                getTranslation("duty.drain.text", node.name(), node.stages()),
                () -> {
                    Integer seconds = bound.getValue();
                    operations.drain(
                            caller,
                            requestId(),
                            node.id(),
                            why.getValue(),
                            seconds == null ? null : Duration.ofSeconds(seconds));
                },
                why,
                bound);
    }

    private void forget(Node node) {
        ask(
                "forget",
                getTranslation("duty.forget.text", node.name()),
                () -> {
                    operations.forget(caller, requestId(), node.id());
                    UI.getCurrent().navigate(NodesView.class);
                });
    }

    private void ask(String verb, String text, Runnable action, Component... fields) {
        new Confirmation(
                        getTranslation("duty." + verb + ".ask"),
                        text,
                        getTranslation("duty." + verb),
                        () -> {
                            action.run();
                            changed.run();
                        },
                        fields)
                .open();
    }

    private TextField reasonField() {
        var why = new TextField(getTranslation("duty.reason"));
        why.setHelperText(getTranslation("duty.reason.help"));
        why.setMaxLength(REASON_CHARS);
        why.setWidthFull();
        return why;
    }

    private static String requestId() {
        return UUID.randomUUID().toString();
    }
}
