package assay.engine.sample.constrain;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decimal numbers between two bounds, digit by digit and without exponents. What was written so far
 * is the beginning of the lower bound, of the upper one, of both or of neither; that is all that
 * the next digit depends on.
 */
final class DecimalRange {
    /** Greatest whole part; {@link JsonTexts#NUMBER} has as many digits. */
    private static final long WHOLE_MAX = 9_999_999_999_999_999L;

    private static final Conjunction.Bound ABOVE_ZERO =
            new Conjunction.Bound(BigDecimal.ZERO, false);
    private static final Conjunction.Bound FROM_ZERO = new Conjunction.Bound(BigDecimal.ZERO, true);
    private static final Expr DIGIT = Expr.one(CodePoints.of('0', '9'));

    private final int fractionDigits;

    private DecimalRange(int fractionDigits) {
        this.fractionDigits = fractionDigits;
    }

    /**
     * @param least null for none
     * @param most null for none
     * @param fractionDigits most digits after the point, at least 0
     * @return nothing where no number of so many digits lies between
     */
    static Expr between(
            Conjunction.@Nullable Bound least,
            Conjunction.@Nullable Bound most,
            int fractionDigits) {
        DecimalRange range = new DecimalRange(fractionDigits);
        List<Expr> options = new ArrayList<>();
        if (least == null || least.value().signum() < 0) {
            boolean below = most != null && most.value().signum() < 0;
            Expr size =
                    range.positive(
                            below && most != null ? negated(most) : ABOVE_ZERO,
                            least == null ? null : negated(least));
            options.add(Expr.sequence(Expr.literal("-"), size));
        }
        if (most == null || most.value().signum() >= 0) {
            boolean above = least != null && least.value().signum() >= 0;
            options.add(range.positive(above && least != null ? least : FROM_ZERO, most));
        }
        return Expr.choice(options);
    }

    private static Conjunction.Bound negated(Conjunction.Bound bound) {
        return new Conjunction.Bound(bound.value().negate(), bound.inclusive());
    }

    /** A bound's digits that are still to be compared; without zeros at their end. */
    private record Edge(String digits, boolean inclusive) {
        static Edge ofFraction(Conjunction.Bound bound) {
            BigDecimal fraction = bound.value().remainder(BigDecimal.ONE).stripTrailingZeros();
            String text = fraction.toPlainString();
            String digits = fraction.signum() == 0 ? "" : text.substring(text.indexOf('.') + 1);
            return new Edge(digits, bound.inclusive());
        }

        int digit() {
            return digits.isEmpty() ? 0 : digits.charAt(0) - '0';
        }

        Edge next() {
            return digits.isEmpty() ? this : new Edge(digits.substring(1), inclusive);
        }
    }

    /** Numbers from 0 on. */
    private Expr positive(Conjunction.Bound least, Conjunction.@Nullable Bound most) {
        if (least.value().compareTo(BigDecimal.valueOf(WHOLE_MAX)) > 0) {
            return Expr.NOTHING;
        }
        boolean bounded =
                most != null && most.value().compareTo(BigDecimal.valueOf(WHOLE_MAX)) <= 0;
        long first = whole(least);
        long last = bounded && most != null ? whole(most) : WHOLE_MAX;
        Edge low = Edge.ofFraction(least);
        Edge high = bounded && most != null ? Edge.ofFraction(most) : null;
        if (first > last) {
            return Expr.NOTHING;
        }
        if (first == last) {
            return Expr.sequence(Expr.literal(Long.toString(first)), fraction(low, high));
        }
        List<Expr> options = new ArrayList<>();
        options.add(Expr.sequence(Expr.literal(Long.toString(first)), fraction(low, null)));
        if (first + 1 < last) {
            Expr between = IntegerRange.between(first + 1, last - 1);
            options.add(Expr.sequence(between, fraction(null, null)));
        }
        options.add(Expr.sequence(Expr.literal(Long.toString(last)), fraction(null, high)));
        return Expr.choice(options);
    }

    private static long whole(Conjunction.Bound bound) {
        return bound.value().setScale(0, RoundingMode.FLOOR).longValueExact();
    }

    /** The point and what follows it, or neither. */
    private Expr fraction(@Nullable Edge low, @Nullable Edge high) {
        return Expr.choice(
                end(low, high),
                Expr.sequence(Expr.literal("."), digits(low, high, fractionDigits)));
    }

    /** The number may end here: as if only zeros followed. */
    private static Expr end(@Nullable Edge low, @Nullable Edge high) {
        boolean reached = low == null || (low.digits.isEmpty() && low.inclusive);
        boolean within = high == null || !high.digits.isEmpty() || high.inclusive;
        return reached && within ? Expr.EMPTY : Expr.NOTHING;
    }

    /**
     * One digit at least.
     *
     * @param low the lower bound where what was written is its beginning; null once it is above
     * @param high the upper bound likewise; null once it is below
     */
    private static Expr digits(@Nullable Edge low, @Nullable Edge high, int room) {
        if (room == 0) {
            return Expr.NOTHING;
        }
        if (low == null && high == null) {
            return Expr.repeat(DIGIT, 1, room);
        }
        int first = low == null ? 0 : low.digit();
        int last = high == null ? 9 : high.digit();
        Edge lowNext = low == null ? null : low.next();
        Edge highNext = high == null ? null : high.next();
        if (first == last) {
            return step(first, last, lowNext, highNext, room);
        }
        List<Expr> options = new ArrayList<>();
        if (first < last && low != null) {
            options.add(step(first++, lowNext, null, room));
        }
        if (first <= last && high != null) {
            options.add(step(last--, null, highNext, room));
        }
        options.add(step(first, last, null, null, room));
        return Expr.choice(options);
    }

    private static Expr step(int digit, @Nullable Edge low, @Nullable Edge high, int room) {
        return step(digit, digit, low, high, room);
    }

    private static Expr step(
            int first, int last, @Nullable Edge low, @Nullable Edge high, int room) {
        if (first > last) {
            return Expr.NOTHING;
        }
        return Expr.sequence(
                Expr.one(CodePoints.of('0' + first, '0' + last)),
                Expr.choice(end(low, high), digits(low, high, room - 1)));
    }
}
