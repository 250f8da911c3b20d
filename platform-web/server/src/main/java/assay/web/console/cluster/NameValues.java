package assay.web.console.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Lists and pairs as people type them: {@code rack=a1, zone=north}. Stateless. */
public final class NameValues {
    private NameValues() {}

    /** The pairs; empty when one has no name or no equals sign. */
    public static Optional<Map<String, String>> parse(String text) {
        Map<String, String> pairs = new TreeMap<>();
        for (String each : list(text)) {
            int equals = each.indexOf('=');
            if (equals < 1) {
                return Optional.empty();
            }
            pairs.put(each.substring(0, equals).strip(), each.substring(equals + 1).strip());
        }
        return Optional.of(pairs);
    }

    public static String text(Map<String, String> pairs) {
        return pairs.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(", "));
    }

    /** What stands between commas, also Chinese ones. */
    public static List<String> list(String text) {
        List<String> values = new ArrayList<>();
        for (String each : text.split("[,，、]", -1)) {
            if (!each.isBlank()) {
                values.add(each.strip());
            }
        }
        return values;
    }
}
