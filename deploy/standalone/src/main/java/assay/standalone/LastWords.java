package assay.standalone;

import java.util.List;
import java.util.regex.Pattern;

/** Finds in a log the one line that tells best why a program ended. Stateless. */
final class LastWords {
    private static final int MAX_SIGNS = 300;
    private static final Pattern COMPLAINT =
            Pattern.compile("\\b(ERROR|FATAL|PANIC|Error|error:|Exception)\\b|Exception: ");

    /** Spring's report of a failed start puts the reason below this line. */
    private static final String DESCRIPTION = "Description:";

    private LastWords() {}

    /**
     * A framework's own description of the failure if there is one, else the last complaint, else
     * the last line; stack frames and bare headings do not count.
     */
    static String of(List<String> log) {
        String best = "it left no message";
        boolean complained = false;
        boolean described = false;
        for (String line : log) {
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("at ") || text.startsWith("... ")) {
                continue;
            }
            if (described) {
                return shortened(text);
            }
            described = text.equals(DESCRIPTION);
            boolean complaint = !text.endsWith(":") && COMPLAINT.matcher(text).find();
            if (complaint || !complained) {
                best = text;
                complained = complaint;
            }
        }
        return shortened(best);
    }

    private static String shortened(String text) {
        return text.length() > MAX_SIGNS ? text.substring(0, MAX_SIGNS) + "…" : text;
    }
}
