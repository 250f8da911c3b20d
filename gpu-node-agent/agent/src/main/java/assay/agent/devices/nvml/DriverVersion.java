package assay.agent.devices.nvml;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A driver's version, compared number by number.
 *
 * @param text for example 580.159.04
 */
public record DriverVersion(String text) implements Comparable<DriverVersion> {
    private static final Pattern FORM = Pattern.compile("\\d{1,6}(\\.\\d{1,6}){0,3}");

    /** The first that is supported; older ones miss functions that the engine calls. */
    public static final DriverVersion OLDEST = new DriverVersion("525.85.12");

    /** Refuses what is no version. */
    public DriverVersion {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "driver version: " + text + " (expected: numbers between dots)");
        }
    }

    /** Whether the engine works with it. */
    public boolean isSupported() {
        return compareTo(OLDEST) >= 0;
    }

    @Override
    public int compareTo(DriverVersion other) {
        return Arrays.compare(numbers(), other.numbers());
    }

    private int[] numbers() {
        return Arrays.stream(text.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
    }

    @Override
    public String toString() {
        return text;
    }
}
