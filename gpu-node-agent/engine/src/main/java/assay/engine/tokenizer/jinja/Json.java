package assay.engine.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values written as {@code json.dumps} or as {@code repr} of Python writes them. Stateless. */
final class Json {
    private final StringBuilder out = new StringBuilder();
    private final boolean python;
    private final int indent;
    private final boolean sorted;
    private final boolean ascii;

    private Json(boolean python, int indent, boolean sorted, boolean ascii) {
        this.python = python;
        this.indent = indent;
        this.sorted = sorted;
        this.ascii = ascii;
    }

    static String python(Object value) {
        Json json = new Json(true, -1, false, false);
        json.value(value, 0);
        return json.out.toString();
    }

    /**
     * With {@code ", "} and {@code ": "} between, or in lines.
     *
     * @param indent blanks a level; negative for one line
     */
    static String json(Object value, int indent, boolean sorted, boolean ascii) {
        Json json = new Json(false, indent, sorted, ascii);
        json.value(value, 0);
        return json.out.toString();
    }

    private void value(Object value, int level) {
        switch (value) {
            case String text -> text(text);
            case List<?> list -> list(list, level);
            case Map<?, ?> map -> map(map, level);
            case Boolean truth when !python -> out.append(truth);
            case Long number -> out.append(number);
            case Double number -> out.append(Values.fraction(number));
            default -> {
                if (!python && !Values.isNone(value)) {
                    throw Values.wrong("tojson of " + Values.kind(value));
                }
                out.append(python ? Values.text(value) : "null");
            }
        }
    }

    private void list(List<?> list, int level) {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
            separate(i > 0, level + 1);
            value(list.get(i), level + 1);
        }
        close(!list.isEmpty(), level, ']');
    }

    private void map(Map<?, ?> map, int level) {
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : (sorted ? new TreeMap<>(map) : map).entrySet()) {
            separate(!first, level + 1);
            first = false;
            value(entry.getKey(), level + 1);
            out.append(": ");
            value(entry.getValue(), level + 1);
        }
        close(!first, level, '}');
    }

    private void separate(boolean comma, int level) {
        if (comma) {
            out.append(indent < 0 ? ", " : ",");
        }
        line(level);
    }

    private void close(boolean any, int level, char bracket) {
        if (any) {
            line(level);
        }
        out.append(bracket);
    }

    private void line(int level) {
        if (indent >= 0) {
            out.append('\n').repeat(" ", indent * level);
        }
    }

    private void text(String text) {
        char quote = python && (text.indexOf('\'') < 0 || text.indexOf('"') >= 0) ? '\'' : '"';
        out.append(quote);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(c);
                    } else if (c < ' ' || (ascii && c > '~')) {
                        out.append(escape(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append(quote);
    }

    private String escape(char c) {
        if (python) {
            return "\\x%02x".formatted((int) c);
        }
        return c == '\b' ? "\\b" : c == '\f' ? "\\f" : "\\u%04x".formatted((int) c);
    }
}
