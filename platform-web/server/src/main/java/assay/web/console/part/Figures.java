package assay.web.console.part;

import java.text.NumberFormat;
import java.util.Locale;

/** Figures with their units, as a language writes them. Immutable. */
public record Figures(Locale locale) {
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    public String bytes(long bytes) {
        double value = (double) bytes;
        int unit = 0;
        while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return number(value, value < 10 && unit > 0 ? 1 : 0) + "\u00a0" + BYTE_UNITS[unit];
    }

    /** A share of 0..1; what is outside is drawn in. */
    public String percent(double ratio) {
        var format = NumberFormat.getPercentInstance(locale);
        return format.format(Math.clamp(ratio, 0, 1));
    }

    public String millis(long millis) {
        return millis < 1000
                ? number((double) millis, 0) + "\u00a0ms"
                : number(millis / 1000.0, millis < 100_000 ? 1 : 0) + "\u00a0s";
    }

    public String rate(double perSecond) {
        return number(perSecond, perSecond > 0 && perSecond < 10 ? 1 : 0);
    }

    public String number(double value, int digits) {
        var format = NumberFormat.getNumberInstance(locale);
        format.setMaximumFractionDigits(digits);
        return format.format(value);
    }
}
