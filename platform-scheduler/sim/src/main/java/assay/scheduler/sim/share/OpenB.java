package assay.scheduler.sim.share;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Files in the format of the OpenB trace: comma-separated with a line of names, columns in any
 * order. Source: alibaba/clusterdata, cluster-trace-gpu-v2023. Stateless.
 */
public final class OpenB {
    private OpenB() {}

    private record Row(Map<String, Integer> columns, List<String> cells, String place) {
        String text(String column) {
            Integer index = columns.get(column);
            return index == null || index >= cells.size() ? "" : cells.get(index).strip();
        }

        /** A number, also one written with a point; nothing counts as {@code otherwise}. */
        long number(String column, long otherwise) {
            String text = text(column);
            if (text.isEmpty()) {
                return otherwise;
            }
            try {
                return Math.round(Double.parseDouble(text));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "%s: %s: %s (expected: a number)".formatted(place, column, text), e);
            }
        }
    }

    private static List<Row> rows(Path file, String... needed) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String head = reader.readLine();
            if (head == null) {
                throw new IllegalArgumentException(file + ": empty (expected: a line of names)");
            }
            Map<String, Integer> columns = new HashMap<>();
            String[] names = head.split(",", -1);
            for (int index = 0; index < names.length; index++) {
                columns.put(names[index].strip(), index);
            }
            for (String name : needed) {
                if (!columns.containsKey(name)) {
                    throw new IllegalArgumentException(
                            "%s: no column %s (expected: %s)"
                                    .formatted(file, name, String.join(", ", needed)));
                }
            }
            var rows = new ArrayList<Row>();
            int number = 1;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    rows.add(new Row(columns, List.of(line.split(",", -1)), file + ":" + number));
                }
            }
            return rows;
        }
    }

    /** The nodes in the order of the file: sn, cpu_milli, memory_mib, gpu, model. */
    public static List<Machine.Size> nodes(Path file) throws IOException {
        return rows(file, "cpu_milli", "memory_mib", "gpu").stream()
                .map(row ->
                        new Machine.Size(
                                row.text("sn"),
                                row.number("cpu_milli", 0),
                                row.number("memory_mib", 0),
                                Math.toIntExact(row.number("gpu", 0)),
                                row.text("model")))
                .toList();
    }

    /**
     * The tasks in the order of their arrival: cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec
     * with models between bars, creation_time.
     */
    public static List<TaskShape> tasks(Path file) throws IOException {
        record Arrival(long at, TaskShape task) {}
        return rows(file, "cpu_milli", "memory_mib", "num_gpu").stream()
                .map(row -> new Arrival(row.number("creation_time", 0), task(row)))
                .sorted(Comparator.comparingLong(Arrival::at))
                .map(Arrival::task)
                .toList();
    }

    private static TaskShape task(Row row) {
        int gpus = Math.toIntExact(row.number("num_gpu", 0));
        long share = row.number("gpu_milli", TaskShape.WHOLE);
        int milli =
                gpus == 1 && share > 0 ? (int) Math.min(share, TaskShape.WHOLE) : TaskShape.WHOLE;
        String models = row.text("gpu_spec");
        return new TaskShape(
                row.number("cpu_milli", 0),
                row.number("memory_mib", 0),
                gpus,
                gpus == 0 ? 0 : milli,
                models.isEmpty() ? Set.of() : Set.of(models.split("[|;/ ]+")));
    }
}
