package assay.engine.tokenizer.jinja;

/**
 * A piece of a template's source.
 *
 * @param text of TEXT and STRING the content, of a number its digits, else as written
 * @param line counted from 1, for messages
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        TEXT,
        BEGIN_OUTPUT,
        END_OUTPUT,
        BEGIN_BLOCK,
        END_BLOCK,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        SYMBOL,
        END
    }

    boolean is(String symbolOrName) {
        return (kind == Kind.SYMBOL || kind == Kind.NAME) && text.equals(symbolOrName);
    }
}
