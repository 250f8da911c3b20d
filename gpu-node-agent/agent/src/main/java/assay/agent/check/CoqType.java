package assay.agent.check;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A type as binders name it: a name, a list, or arguments and a result. Anything else stays as a
 * name. Immutable.
 */
sealed interface CoqType {
    Pattern ARROW = Pattern.compile("->|→");

    record Named(String name) implements CoqType {}

    record ListOf(CoqType item) implements CoqType {}

    record Arrow(List<CoqType> arguments, CoqType result) implements CoqType {}

    /** Reads it; the text is what stands after the colon of a binder. */
    static CoqType of(String text) {
        List<String> parts = parts(text);
        if (parts.size() > 1) {
            return new Arrow(
                    parts.subList(0, parts.size() - 1).stream().map(CoqType::of).toList(),
                    of(parts.getLast()));
        }
        String single = parts.getFirst().strip();
        if (single.startsWith("(") && single.endsWith(")") && depthStays(single)) {
            return of(single.substring(1, single.length() - 1));
        }
        if (single.startsWith("list ") || single.startsWith("list(")) {
            return new ListOf(of(single.substring(4)));
        }
        return new Named(single);
    }

    /** Whether the bracket at the start is closed by the last character only. */
    private static boolean depthStays(String text) {
        int depth = 0;
        for (int i = 0; i < text.length() - 1; i++) {
            depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
            if (depth == 0) {
                return false;
            }
        }
        return true;
    }

    private static List<String> parts(String text) {
        var parts = new ArrayList<String>();
        int depth = 0;
        int from = 0;
        var arrows = ARROW.matcher(text);
        while (arrows.find()) {
            for (int i = from; i < arrows.start(); i++) {
                depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
            }
            if (depth == 0) {
                parts.add(text.substring(from, arrows.start()));
                from = arrows.end();
            } else {
                // the same stretch is counted again from its start with the next arrow
                depth = 0;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}
