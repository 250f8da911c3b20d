package assay.web.console.nodes;

import assay.web.WebException;
import assay.web.console.cluster.NameValues;
import assay.web.console.cluster.Trouble;
import assay.web.console.part.Markup;
import assay.web.identity.Caller;
import assay.web.insight.Node;
import assay.web.nodes.NodeOperations;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import java.util.UUID;

/** Labels and taints of a node, to be changed. Folded: it is seldom wanted. */
class NodeMarks extends Div {
    private static final long serialVersionUID = 1L;

    private final transient NodeOperations operations;
    private final transient Caller caller;
    private final transient Runnable changed;
    private final String nodeId;
    private final TextField labels = new TextField();
    private final TextField taints = new TextField();
    private final Div outcome = Markup.role(Markup.div("outcome"), "status");

    NodeMarks(NodeOperations operations, Caller caller, Node node, Runnable changed) {
        this.operations = operations;
        this.caller = caller;
        this.changed = changed;
        this.nodeId = node.id();
        labels.setLabel(getTranslation("marks.labels"));
        labels.setHelperText(getTranslation("marks.labels.help"));
        labels.setValue(NameValues.text(node.labels()));
        taints.setLabel(getTranslation("marks.taints"));
        taints.setHelperText(getTranslation("marks.taints.help"));
        taints.setValue(String.join(", ", node.taints()));
        labels.setWidthFull();
        taints.setWidthFull();
        var save = new NativeButton(getTranslation("marks.save"), click -> save());
        save.setClassName("button");
        save.getElement().setAttribute("type", "button");
        var details = new NativeDetails(getTranslation("marks.title"));
        details.setContent(Markup.div("marks", labels, taints, save, outcome));
        add(details);
    }

    private void save() {
        outcome.removeAll();
        var named = NameValues.parse(labels.getValue());
        labels.setInvalid(named.isEmpty());
        labels.setErrorMessage(getTranslation("marks.labels.wrong"));
        if (named.isEmpty()) {
            return;
        }
        try {
            operations.label(caller, UUID.randomUUID().toString(), nodeId, named.get());
            operations.taint(
                    caller,
                    UUID.randomUUID().toString(),
                    nodeId,
                    NameValues.list(taints.getValue()));
            outcome.add(new Span(getTranslation("marks.saved")));
            changed.run();
        } catch (WebException e) {
            outcome.add(new Trouble(e));
        }
    }
}
