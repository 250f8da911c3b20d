package assay.engine.sample.constrain;

/**
 * What an output must be, as the caller wrote it. Immutable. A text above 262,144 characters is
 * refused with REQUEST_INVALID.
 */
public sealed interface ConstraintSpec {
    /**
     * The whole output matches a regular expression.
     *
     * <p>Taken: literals, {@code .} (no line ends), classes with ranges and negation, {@code \d \w
     * \s} (ASCII) and their negations, escapes of control characters and code points (two, four or
     * braced hexadecimal digits), groups (capturing, {@code (?:…)}, named), alternation, {@code * +
     * ? {m} {m,} {m,n}} and their reluctant forms, {@code ^} and {@code $} at the ends. Refused by
     * name: back-references, look-around, word boundaries, atomic groups, possessive quantifiers,
     * inline flags, Unicode property classes.
     */
    record Regex(String pattern) implements ConstraintSpec {
        public Regex {
            Limits.checkedText("regex", pattern);
        }
    }

    /**
     * The whole output is one JSON value that is valid under a schema; {@link SchemaCompiler} says
     * which keywords are taken.
     *
     * @param schema the schema's JSON text
     */
    record JsonSchema(String schema) implements ConstraintSpec {
        public JsonSchema {
            Limits.checkedText("schema", schema);
        }
    }

    /** The whole output is one JSON object, whatever is in it. */
    record JsonObject() implements ConstraintSpec {}

    /**
     * The whole output derives from the rule {@code root} of a grammar in llama.cpp's GBNF; {@link
     * GrammarParser} says what is taken.
     */
    record Grammar(String text) implements ConstraintSpec {
        public Grammar {
            Limits.checkedText("grammar", text);
        }
    }
}
