package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.List;

/**
 * A place in a template's tokens, how deep it nests, and what is wrong there. Confined to one
 * thread.
 */
final class TokenReader {
    static final int DEPTH_MAX = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The token behind the next one, which is not the end. */
    Token afterNext() {
        return tokens.get(at + 1);
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    boolean accept(String symbolOrName) {
        if (peek().is(symbolOrName)) {
            at++;
            return true;
        }
        return false;
    }

    void require(String symbolOrName) {
        if (!accept(symbolOrName)) {
            throw wrong(symbolOrName);
        }
    }

    void expect(Token.Kind kind) {
        if (next().kind() != kind) {
            at = Math.max(0, at - 1);
            throw wrong(kind == Token.Kind.END_BLOCK ? "%}" : "}}");
        }
    }

    /** The next token, which must be a name. */
    String name() {
        return checked(next());
    }

    String checked(Token token) {
        if (token.kind() != Token.Kind.NAME) {
            throw wrong("a name");
        }
        return token.text();
    }

    /** Into something that may hold its like; {@link #shallower} is to follow. */
    void deeper() {
        if (++depth > DEPTH_MAX) {
            throw wrong("nesting of at most " + DEPTH_MAX);
        }
    }

    void shallower() {
        depth--;
    }

    EngineException wrong(String expected) {
        Token token = tokens.get(Math.min(at, tokens.size() - 1));
        return new EngineException(
                ErrorCode.MODEL_INVALID,
                "chat template line %d: %s %s (expected: %s)"
                        .formatted(token.line(), token.kind(), shown(token.text()), expected));
    }

    EngineException unsupported(String what) {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "chat template line %d: %s is not supported".formatted(peek().line(), shown(what)));
    }

    private static String shown(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
