package assay.engine.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic, comparison and slices, as in Python; and/or belong to the renderer. Stateless. */
final class Operators {
    private Operators() {}

    static Object binary(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "==" -> Values.same(left, right);
            case "!=" -> !Values.same(left, right);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            case ">=" -> Values.compare(left, right) >= 0;
            case "in" -> Values.contains(right, left);
            case "not in" -> !Values.contains(right, left);
            case "~" -> budget.made(Values.text(left).concat(Values.text(right)));
            case "+" -> sum(left, right, budget);
            case "*" -> product(left, right, budget);
            default -> arithmetic(operator, left, right);
        };
    }

    private static Object sum(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.make(a.length() + (long) b.length());
            return a.concat(b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            budget.make(a.size() + (long) b.size());
            List<Object> both = new ArrayList<>(a);
            both.addAll(b);
            return both;
        }
        return arithmetic("+", left, right);
    }

    private static Object product(Object left, Object right, Budget budget) {
        if (left instanceof String text && right instanceof Long) {
            long times = Math.clamp(Values.whole(right), 0, Integer.MAX_VALUE);
            budget.make(text.length() * times);
            return text.repeat((int) times);
        }
        return arithmetic("*", left, right);
    }

    private static Object arithmetic(String operator, Object left, Object right) {
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            throw Values.wrong(
                    "%s %s %s (expected: two of a kind)"
                            .formatted(Values.kind(left), operator, Values.kind(right)));
        }
        boolean whole = !(left instanceof Double) && !(right instanceof Double);
        boolean dividing = operator.equals("/") || operator.equals("//") || operator.equals("%");
        if (dividing && Values.number(right) == 0) {
            throw Values.wrong("division by zero");
        }
        if (whole && !operator.equals("/")) {
            return whole(operator, Values.whole(left), Values.whole(right));
        }
        double a = Values.number(left);
        double b = Values.number(right);
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
    }

    private static Object whole(String operator, long a, long b) {
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                default -> power(a, b);
            };
        } catch (ArithmeticException e) {
            throw Values.wrong("%d %s %d (expected: within 64 bits)".formatted(a, operator, b));
        }
    }

    private static Object power(long base, long exponent) {
        if (exponent < 0) {
            return Math.pow((double) base, (double) exponent);
        }
        double size = Math.pow((double) base, (double) exponent);
        if (Math.abs(size) > Long.MAX_VALUE) {
            throw new ArithmeticException();
        }
        return java.math.BigInteger.valueOf(base)
                .pow((int) Math.min(exponent, 64))
                .longValueExact();
    }

    static Object negated(Object value) {
        return value instanceof Double number
                ? (Object) (-number)
                : (Object) (-Values.whole(value));
    }

    /** Counts from the end where negative; undefined outside. */
    static Object item(List<?> list, long index) {
        long place = index < 0 ? index + list.size() : index;
        return place >= 0 && place < list.size() ? list.get((int) place) : Values.UNDEFINED;
    }

    /** {@code [from:to:step]}; NONE for what is left out. */
    static Object slice(Object of, Object from, Object to, Object step, Budget budget) {
        List<Object> items = Values.items(of);
        budget.make(items.size());
        long stride = Values.isNone(step) ? 1 : Values.whole(step);
        if (stride == 0) {
            throw Values.wrong("slice of step 0");
        }
        int size = items.size();
        int least = stride > 0 ? 0 : -1;
        int most = stride > 0 ? size : size - 1;
        long begin = bound(from, stride > 0 ? least : most, size, least, most);
        long end = bound(to, stride > 0 ? most : least, size, least, most);
        List<Object> slice = new ArrayList<>();
        for (long i = begin; stride > 0 ? i < end : i > end; i += stride) {
            slice.add(items.get((int) i));
            if (Math.abs(stride) > size) {
                break;
            }
        }
        return of instanceof String ? Filters.join(slice, "", budget) : slice;
    }

    private static long bound(Object given, long otherwise, int size, int least, int most) {
        if (Values.isNone(given)) {
            return otherwise;
        }
        long place = Values.whole(given);
        return Math.clamp(place < 0 ? place + size : place, least, most);
    }
}
