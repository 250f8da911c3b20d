package assay.web.console.cluster;

import assay.web.insight.Reason;
import com.vaadin.flow.component.HasText;
import com.vaadin.flow.component.HtmlComponent;
import java.util.List;
import java.util.Set;

/**
 * Why, in the reader's language where all of it is known; else in the scheduler's English words.
 * Stateless.
 */
public final class ReasonText {
    /** Filters of the placement that have words of their own. */
    private static final Set<String> FILTERS =
            Set.of(
                    "node-not-ready",
                    "node-cordoned",
                    "node-draining",
                    "node-avoided",
                    "label-missing",
                    "taint-not-tolerated",
                    "node-exclusive",
                    "node-occupied",
                    "replica-too-near",
                    "device-broken",
                    "device-type",
                    "tenant-quota",
                    "memory-short",
                    "too-few");

    private ReasonText() {}

    /** Shows it, or nothing where there is nothing to say. */
    public static <T extends HtmlComponent & HasText> void show(T target, Reason reason) {
        boolean known = isKnown(reason);
        target.setText(known ? text(target, reason) : reason.words());
        target.setVisible(!reason.isEmpty());
        if (known) {
            target.getElement().removeAttribute("lang");
        } else {
            target.getElement().setAttribute("lang", "en");
        }
    }

    /** Whether a filter has words. */
    public static boolean isFilter(String id) {
        return FILTERS.contains(id);
    }

    private static boolean isKnown(Reason reason) {
        return !reason.parts().isEmpty()
                && reason.parts().stream()
                        .filter(part -> isFiltered(part.code()))
                        .allMatch(part ->
                                part.values().size() > 1
                                        && FILTERS.contains(Reason.id(part.values().get(1))));
    }

    private static boolean isFiltered(String code) {
        return code.equals("TURNED_AWAY") || code.equals("REJECTED");
    }

    private static String text(HtmlComponent target, Reason reason) {
        String all = "";
        for (Reason.Part part : reason.parts()) {
            String next = text(target, part);
            boolean led = all.endsWith(":") || all.endsWith("：");
            if (all.isEmpty()) {
                all = next;
            } else {
                all = target.getTranslation(led ? "why.after" : "why.and", all, next);
            }
        }
        return all;
    }

    private static String text(HtmlComponent target, Reason.Part part) {
        List<String> values = part.values();
        if (isFiltered(part.code())) {
            boolean detailed = values.size() > 2;
            String filter =
                    target.getTranslation(
                            "filter." + Reason.id(values.get(1)), detailed ? values.get(2) : "");
            return target.getTranslation(
                    "why." + Reason.id(part.code()), values.getFirst(), filter.strip());
        }
        return target.getTranslation("why." + Reason.id(part.code()), values.toArray());
    }
}
