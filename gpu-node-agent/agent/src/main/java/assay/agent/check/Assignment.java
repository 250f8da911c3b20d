package assay.agent.check;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A point of a statement as people and models write it: {@code n=0 m=-1 P=true l=[0;1] T={0,1}
 * R={(0,1)}}, parted by blanks or commas. Immutable.
 *
 * @param values by name, in the order given
 */
record Assignment(SequencedMap<String, Value> values) {
    private static final int MOST_DIGITS = 12;
    private static final int MOST_DEPTH = 8;

    /** What a name stands for. */
    sealed interface Value {
        record Truth(boolean value) implements Value {}

        record Whole(BigInteger value) implements Value {}

        /** {@code [a;b]} */
        record Sequence(List<Value> items) implements Value {}

        /**
         * <code>{a,b}</code>: a type's elements, a predicate's or relation's extension, a
         * function's graph
         */
        record Extension(List<Value> items) implements Value {}

        /** {@code (a,b)} */
        record Tuple(List<Value> items) implements Value {}
    }

    /** What became of a text. */
    sealed interface Parsed {
        record Point(Assignment assignment) implements Parsed {}

        /**
         * It is not an assignment.
         *
         * @param offset where it went wrong
         */
        record Malformed(String reason, int offset) implements Parsed {}
    }

    Assignment {
        values = new LinkedHashMap<>(values);
    }

    static Parsed parse(String text) {
        var reader = new Reader(text);
        try {
            return new Parsed.Point(new Assignment(reader.assignments()));
        } catch (Malformation e) {
            return new Parsed.Malformed(e.reason, reader.at);
        }
    }

    /** Ends the reading; never leaves {@link #parse}. */
    private static final class Malformation extends Exception {
        private static final long serialVersionUID = 1L;
        private final String reason;

        Malformation(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        SequencedMap<String, Value> assignments() throws Malformation {
            var values = new LinkedHashMap<String, Value>();
            skipBlanksAnd(",");
            while (at < text.length()) {
                String name = word();
                if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
                    throw new Malformation("expected a name");
                }
                expect('=');
                if (values.put(name, value(0)) != null) {
                    throw new Malformation(name + " is given twice");
                }
                skipBlanksAnd(",");
            }
            return values;
        }

        private Value value(int depth) throws Malformation {
            if (depth > MOST_DEPTH) {
                throw new Malformation("nested too deeply");
            }
            skipBlanksAnd("");
            return switch (at < text.length() ? text.charAt(at) : ' ') {
                case '[' -> new Value.Sequence(items('[', ";,", ']', depth));
                case '{' -> new Value.Extension(items('{', ",;", '}', depth));
                case '(' -> {
                    List<Value> items = items('(', ",", ')', depth);
                    yield items.size() == 1 ? items.getFirst() : new Value.Tuple(items);
                }
                default -> atom();
            };
        }

        private List<Value> items(char open, String separators, char close, int depth)
                throws Malformation {
            expect(open);
            var items = new ArrayList<Value>();
            skipBlanksAnd("");
            while (at < text.length() && text.charAt(at) != close) {
                items.add(value(depth + 1));
                skipBlanksAnd("");
                if (at < text.length() && separators.indexOf(text.charAt(at)) >= 0) {
                    at++;
                } else if (at >= text.length() || text.charAt(at) != close) {
                    throw new Malformation("expected " + close);
                }
                skipBlanksAnd("");
            }
            expect(close);
            return List.copyOf(items);
        }

        private Value atom() throws Malformation {
            int start = at;
            boolean negative = at < text.length() && text.charAt(at) == '-';
            at += negative ? 1 : 0;
            String word = word();
            if (!negative
                    && Map.of("true", 1, "True", 1, "false", 0, "False", 0).containsKey(word)) {
                return new Value.Truth(word.equalsIgnoreCase("true"));
            }
            boolean digits = !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
            if (!digits || word.length() > MOST_DIGITS) {
                at = start;
                throw new Malformation("expected true, false, a whole number, [..], {..} or (..)");
            }
            BigInteger value = new BigInteger(word);
            return new Value.Whole(negative ? value.negate() : value);
        }

        private String word() {
            int start = at;
            while (at < text.length() && isWord(text.charAt(at))) {
                at++;
            }
            return text.substring(start, at);
        }

        private static boolean isWord(char c) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_'
                    || c == '\'';
        }

        private void expect(char c) throws Malformation {
            skipBlanksAnd("");
            if (at >= text.length() || text.charAt(at) != c) {
                throw new Malformation("expected " + c);
            }
            at++;
            skipBlanksAnd("");
        }

        private void skipBlanksAnd(String also) {
            while (at < text.length()
                    && (Character.isWhitespace(text.charAt(at))
                            || also.indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
        }
    }
}
