package assay.web.verify;

import java.util.Collection;

/**
 * A piece of a page that is safe to put between tags or into a quoted attribute. Text becomes one
 * only by being escaped. Immutable.
 */
record Html(String markup) {
    static final Html NONE = new Html("");

    /** The text as a reader sees it. */
    static Html text(String text) {
        var result = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(c -> {
                    switch (c) {
                        case '&' -> result.append("&amp;");
                        case '<' -> result.append("&lt;");
                        case '>' -> result.append("&gt;");
                        case '"' -> result.append("&quot;");
                        case '\'' -> result.append("&#39;");
                        default -> result.appendCodePoint(c);
                    }
                });
        return new Html(result.toString());
    }

    /**
     * Fills a template of ours: each {@code {}} takes the next part, escaped unless it is Html
     * already.
     */
    static Html of(String template, Object... parts) {
        var result = new StringBuilder(template.length() + 64);
        int from = 0;
        for (Object part : parts) {
            int hole = template.indexOf("{}", from);
            if (hole < 0) {
                throw new IllegalArgumentException(
                        "more parts than places (expected: as many): " + template);
            }
            result.append(template, from, hole);
            result.append(part instanceof Html html ? html.markup : text("" + part).markup);
            from = hole + 2;
        }
        return new Html(result.append(template, from, template.length()).toString());
    }

    static Html join(Collection<Html> pieces) {
        var result = new StringBuilder();
        pieces.forEach(piece -> result.append(piece.markup));
        return new Html(result.toString());
    }
}
