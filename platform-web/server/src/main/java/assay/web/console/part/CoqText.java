package assay.web.console.part;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Cuts Coq text into what is coloured alike. It only knows comments (they nest), words and numbers:
 * enough to read by, and text that is not Coq comes through unharmed.
 */
final class CoqText {
    private static final Set<String> VERNACULAR =
            Set.of(
                    "Require",
                    "Import",
                    "Export",
                    "From",
                    "Goal",
                    "Theorem",
                    "Lemma",
                    "Proof",
                    "Qed",
                    "Definition",
                    "Fixpoint",
                    "Inductive",
                    "Check",
                    "Print",
                    "Assumptions",
                    "Section",
                    "End",
                    "Variable",
                    "Hypothesis",
                    "Open",
                    "Scope");
    private static final Set<String> BINDERS =
            Set.of(
                    "forall", "exists", "fun", "match", "with", "end", "let", "in", "if", "then",
                    "else", "Prop", "Type", "Set", "nat", "Z", "bool", "list");

    private CoqText() {}

    /** One piece of a line; {@code css} is empty for plain text. */
    record Piece(String css, String text) {}

    /** Each line's pieces, in order: put together they are the text again. */
    static List<List<Piece>> lines(String text) {
        var lines = new ArrayList<List<Piece>>();
        int depth = 0;
        for (String line : text.split("\n", -1)) {
            var pieces = new ArrayList<Piece>();
            depth = cut(line, depth, pieces);
            lines.add(List.copyOf(pieces));
        }
        return lines;
    }

    /** Cuts one line that begins {@code depth} comments deep; gives the depth at its end. */
    private static int cut(String line, int depth, List<Piece> pieces) {
        int at = 0;
        while (at < line.length()) {
            int from = at;
            if (depth > 0 || line.startsWith("(*", at)) {
                do {
                    if (line.startsWith("(*", at)) {
                        depth++;
                        at += 2;
                    } else if (line.startsWith("*)", at)) {
                        depth--;
                        at += 2;
                    } else {
                        at++;
                    }
                } while (depth > 0 && at < line.length());
                pieces.add(new Piece("coq-comment", line.substring(from, at)));
            } else if (isWord(line.charAt(at))) {
                while (at < line.length() && isWord(line.charAt(at))) {
                    at++;
                }
                String word = line.substring(from, at);
                pieces.add(new Piece(kind(word), word));
            } else {
                while (at < line.length()
                        && !isWord(line.charAt(at))
                        && !line.startsWith("(*", at)) {
                    at++;
                }
                pieces.add(new Piece("", line.substring(from, at)));
            }
        }
        return depth;
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '\'';
    }

    private static String kind(String word) {
        if (Character.isDigit(word.charAt(0))) {
            return "coq-number";
        }
        if (VERNACULAR.contains(word)) {
            return "coq-vernacular";
        }
        return BINDERS.contains(word) ? "coq-binder" : "";
    }
}
