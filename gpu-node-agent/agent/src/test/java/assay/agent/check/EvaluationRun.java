package assay.agent.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts every answer of an evaluation set to the judge and prints the acceptance by class, family
 * and kind. Started by hand: its arguments are JSON-lines files with the fields cls, fam, stmt,
 * kind, answer; it takes some minutes.
 */
public final class EvaluationRun {
    private EvaluationRun() {}

    public static void main(String[] files) throws IOException, InterruptedException {
        var counts = new TreeMap<String, int[]>();
        var millis = new ArrayList<Long>();
        try (var coq = InstalledCoq.open(CheckLimits.defaults())) {
            for (String file : files) {
                for (String line : Files.readAllLines(Path.of(file))) {
                    long started = System.nanoTime();
                    String answer = field(line, "answer").replaceFirst("^note:[^\\n]*\\n", "");
                    Verdict verdict = judge(coq.judge(), field(line, "stmt"), answer);
                    millis.add((System.nanoTime() - started) / 1_000_000);
                    boolean accepted = verdict instanceof Verdict.Accepted;
                    String group =
                            field(line, "cls")
                                    + " "
                                    + field(line, "fam")
                                    + " "
                                    + field(line, "kind");
                    int[] count = counts.computeIfAbsent(group, _ -> new int[2]);
                    count[0] += accepted ? 1 : 0;
                    count[1]++;
                    if (!accepted) {
                        System.out.println(
                                field(line, "stmt") + "\n" + answer + "\n" + verdict + "\n");
                    }
                }
            }
        }
        counts.forEach(
                (group, count) -> System.out.println(group + ": " + count[0] + " of " + count[1]));
        System.out.println(times(millis));
    }

    private static Verdict judge(CoqJudge judge, String statement, String answer)
            throws InterruptedException {
        String body = answer.substring(answer.indexOf(':') + 1).strip();
        return answer.startsWith("proof:")
                ? judge.prove("", statement, body)
                : judge.refute("", statement, body);
    }

    private static String times(List<Long> millis) {
        Collections.sort(millis);
        int last = millis.size() - 1;
        return "ms: median %d, 95 %% %d, longest %d"
                .formatted(millis.get(last / 2), millis.get(last * 95 / 100), millis.get(last));
    }

    /** A string field of a flat JSON object; "-" when it is not there. */
    private static String field(String json, String name) {
        Matcher field =
                Pattern.compile("\"" + name + "\": ?\"((?:[^\"\\\\]|\\\\.)*+)\"").matcher(json);
        return field.find() ? field.group(1).translateEscapes() : "-";
    }
}
