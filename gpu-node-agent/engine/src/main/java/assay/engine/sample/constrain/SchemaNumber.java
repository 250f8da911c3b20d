package assay.engine.sample.constrain;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How a number of some schemas is written: whole numbers of up to 18 digits and others by their
 * digits where there are bounds, any as {@link JsonTexts} says where there are none.
 */
final class SchemaNumber {
    private static final BigDecimal INTEGER_MAX = BigDecimal.valueOf(999_999_999_999_999_999L);
    private static final BigDecimal BEYOND = INTEGER_MAX.add(BigDecimal.ONE);
    private static final int FRACTION_DIGITS_MAX = 16;

    private SchemaNumber() {}

    /**
     * @return nothing where no whole number lies between the bounds
     */
    static Expr integer(Conjunction schema) {
        schema.fractionDigits(0); // checked; every whole number is a multiple of what is taken
        Conjunction.Bound minimum = schema.minimum();
        Conjunction.Bound maximum = schema.maximum();
        if (minimum == null && maximum == null) {
            return JsonTexts.INTEGER;
        }
        BigDecimal least =
                minimum == null
                        ? INTEGER_MAX.negate()
                        : whole(minimum, RoundingMode.CEILING, 1).max(INTEGER_MAX.negate());
        BigDecimal most =
                maximum == null
                        ? INTEGER_MAX
                        : whole(maximum, RoundingMode.FLOOR, -1).min(INTEGER_MAX);
        return least.compareTo(most) > 0
                ? Expr.NOTHING
                : IntegerRange.between(least.longValueExact(), most.longValueExact());
    }

    /** The nearest whole number inside a bound; bounds beyond all that is written are cut there. */
    private static BigDecimal whole(Conjunction.Bound bound, RoundingMode inwards, int step) {
        BigDecimal value = bound.value().min(BEYOND).max(BEYOND.negate());
        BigDecimal whole = value.setScale(0, inwards);
        boolean onIt = whole.compareTo(value) == 0;
        return onIt && !bound.inclusive() ? whole.add(BigDecimal.valueOf(step)) : whole;
    }

    /**
     * @return nothing where no number lies between the bounds
     */
    static Expr number(Conjunction schema) {
        boolean free = schema.minimum() == null && schema.maximum() == null;
        if (free && !schema.has("multipleOf")) {
            return JsonTexts.NUMBER;
        }
        return DecimalRange.between(
                schema.minimum(), schema.maximum(), schema.fractionDigits(FRACTION_DIGITS_MAX));
    }
}
