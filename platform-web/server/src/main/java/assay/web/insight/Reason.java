package assay.web.insight;

import assay.scheduler.v1.ReasonCode;
import assay.scheduler.v1.ReasonPart;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Why something is as it is: in the scheduler's words, and as sentences with codes that a program
 * or another language tells apart. Immutable.
 *
 * @param words English; empty where there is nothing to say
 * @param parts the same; empty where a code is not known here or the words were cut
 */
public record Reason(String words, List<Part> parts) {
    public static final Reason NONE = new Reason("", List.of());

    private static final String PREFIX = "REASON_CODE_";

    /**
     * A sentence.
     *
     * @param code a stable name: "NODE_AWAY"
     * @param values numbers, names and sizes, as they are shown
     */
    public record Part(String code, List<String> values) {
        public Part {
            values = List.copyOf(values);
        }
    }

    public Reason {
        parts = List.copyOf(parts);
    }

    /** Words alone. */
    public static Reason of(String words) {
        return new Reason(words, List.of());
    }

    /** What a scheduler said, which may be of a later version. */
    public static Reason of(String words, List<ReasonPart> said) {
        boolean known =
                said.stream()
                        .map(ReasonPart::getCode)
                        .noneMatch(code ->
                                code == ReasonCode.REASON_CODE_UNSPECIFIED
                                        || code == ReasonCode.UNRECOGNIZED);
        return new Reason(
                words,
                known
                        ? said.stream()
                                .map(part -> new Part(name(part.getCode()), part.getValuesList()))
                                .toList()
                        : List.of());
    }

    /** As it stands in JSON and, in lower case, in the console's texts. */
    public static String name(ReasonCode code) {
        return code.name().substring(PREFIX.length());
    }

    /** The id of a code's text. */
    public static String id(String code) {
        return code.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public boolean isEmpty() {
        return words.isBlank();
    }

    /** For answers in JSON. */
    public List<Map<String, Object>> json() {
        return parts.stream()
                .map(part -> Map.<String, Object>of("code", part.code(), "values", part.values()))
                .toList();
    }
}
