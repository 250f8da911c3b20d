package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.List;

/** Whole numbers between two bounds, as digits: a choice over common beginnings. */
final class IntegerRange {
    private static final CodePoints DIGIT = CodePoints.of('0', '9');

    private IntegerRange() {}

    /**
     * @param least at most {@code most}; both within ±10^18
     */
    static Expr between(long least, long most) {
        List<Expr> options = new ArrayList<>();
        if (least < 0) {
            options.add(Expr.sequence(Expr.literal("-"), positive(Math.max(1, -most), -least)));
        }
        if (most >= 0) {
            options.add(positive(Math.max(0, least), most));
        }
        return Expr.choice(options);
    }

    private static Expr positive(long least, long most) {
        List<Expr> options = new ArrayList<>();
        long first = least;
        while (first <= most) {
            int digits = Long.toString(first).length();
            long last = Math.min(most, pow10(digits) - 1);
            options.add(sameLength(Long.toString(first), Long.toString(last)));
            first = last + 1;
        }
        return Expr.choice(options);
    }

    private static Expr sameLength(String first, String last) {
        if (first.isEmpty()) {
            return Expr.EMPTY;
        }
        int more = first.length() - 1;
        char low = first.charAt(0);
        char high = last.charAt(0);
        String lowRest = first.substring(1);
        String highRest = last.substring(1);
        if (low == high) {
            return Expr.sequence(digit(low, high), sameLength(lowRest, highRest));
        }
        List<Expr> options = new ArrayList<>();
        if (!lowRest.equals("0".repeat(more))) {
            options.add(Expr.sequence(digit(low, low), sameLength(lowRest, "9".repeat(more))));
            low++;
        }
        boolean whole = highRest.equals("9".repeat(more));
        char top = whole ? high : (char) (high - 1);
        if (low <= top) {
            options.add(Expr.sequence(digit(low, top), Expr.repeat(Expr.one(DIGIT), more, more)));
        }
        if (!whole) {
            options.add(Expr.sequence(digit(high, high), sameLength("0".repeat(more), highRest)));
        }
        return Expr.choice(options);
    }

    private static Expr digit(char first, char last) {
        return Expr.one(CodePoints.of(first, last));
    }

    private static long pow10(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
