package assay.agent.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables that a statement quantifies over before anything else, in order: {@code forall (P Q
 * : T -> Prop) (x : T), forall n m : nat, …}. Brackets around the whole, with or without a scope,
 * are looked through. Reading the rest is left to Coq. Immutable.
 */
record Binders(List<Binder> all) {
    private static final Pattern FORALL = Pattern.compile("\\s*(?:forall\\b|∀)\\s*");
    private static final Pattern NAME = Pattern.compile("[^\\s(){}\\[\\]:,]+");
    private static final Pattern SCOPE = Pattern.compile("%[A-Za-z_]+\\s*");

    /**
     * One variable.
     *
     * @param type as written; empty where Coq is to find it
     */
    record Binder(String name, String type) {}

    Binders {
        all = List.copyOf(all);
    }

    static Binders of(String statement) {
        var found = new ArrayList<Binder>();
        String rest = statement;
        while (true) {
            rest = withoutBrackets(rest);
            Matcher forall = FORALL.matcher(rest);
            if (!forall.lookingAt()) {
                return new Binders(found);
            }
            int comma = commaAtTop(rest, forall.end());
            Optional<List<Binder>> group =
                    comma < 0 ? Optional.empty() : group(rest.substring(forall.end(), comma));
            if (group.isEmpty()) {
                return new Binders(
                        found); // nothing that we can read: Coq will say what is wrong with it
            }
            found.addAll(group.get());
            rest = rest.substring(comma + 1);
        }
    }

    private static Optional<List<Binder>> group(String text) {
        int colon = atTop(text, 0, ':');
        if (colon >= 0) {
            return names(text.substring(0, colon), text.substring(colon + 1).strip());
        }
        var found = new ArrayList<Binder>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '(' || c == '{' || c == '[') {
                int close = closing(text, at);
                Optional<List<Binder>> inner =
                        close < 0 ? Optional.empty() : group(text.substring(at + 1, close));
                if (inner.isEmpty()) {
                    return Optional.empty();
                }
                found.addAll(inner.get());
                at = close + 1;
            } else {
                Matcher name = NAME.matcher(text).region(at, text.length());
                if (!name.lookingAt()) {
                    return Optional.empty();
                }
                found.add(new Binder(name.group(), ""));
                at = name.end();
            }
        }
        return Optional.of(found);
    }

    private static Optional<List<Binder>> names(String names, String type) {
        var found = new ArrayList<Binder>();
        for (String name : names.strip().split("\\s+", -1)) {
            if (!NAME.matcher(name).matches()) {
                return Optional.empty();
            }
            found.add(new Binder(name, type));
        }
        return Optional.of(found);
    }

    private static String withoutBrackets(String text) {
        String rest = text.strip();
        while (rest.startsWith("(")) {
            int close = closing(rest, 0);
            boolean whole =
                    close >= 0 && (close == rest.length() - 1 || scopeFrom(rest, close + 1));
            if (!whole) {
                return rest;
            }
            rest = rest.substring(1, close).strip();
        }
        return rest;
    }

    private static boolean scopeFrom(String text, int from) {
        return SCOPE.matcher(text).region(from, text.length()).matches();
    }

    /** Index of the bracket that closes the one at {@code open}; -1 when there is none. */
    private static int closing(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        return -1;
    }

    private static int commaAtTop(String text, int from) {
        return atTop(text, from, ',');
    }

    private static int atTop(String text, int from, char wanted) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (depth == 0 && c == wanted) {
                return i;
            }
            depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
        }
        return -1;
    }
}
