package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A set of characters as sorted, separate ranges of code points. Surrogates are never in it: no
 * UTF-8 text holds one. Immutable.
 *
 * @param ranges first and last of each, inclusive
 */
record CodePoints(List<Range> ranges) {
    static final CodePoints NONE = new CodePoints(List.of());
    static final CodePoints ALL = NONE.complement();

    private static final int SURROGATE_FIRST = 0xD800;
    private static final int SURROGATE_LAST = 0xDFFF;

    record Range(int first, int last) {}

    CodePoints {
        ranges = List.copyOf(ranges);
    }

    /** From pairs of first and last, in any order and overlapping as they like. */
    static CodePoints of(int... pairs) {
        List<Range> all = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            all.add(new Range(pairs[i], pairs[i + 1]));
        }
        return normal(all);
    }

    static CodePoints chars(String characters) {
        return normal(characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
    }

    CodePoints plus(CodePoints other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return normal(all);
    }

    CodePoints complement() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first > next) {
                gaps.add(new Range(next, range.first - 1));
            }
            next = range.last + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps.add(new Range(next, Character.MAX_CODE_POINT));
        }
        return normal(gaps);
    }

    CodePoints minus(CodePoints other) {
        return complement().plus(other).complement();
    }

    boolean contains(int codePoint) {
        return ranges.stream().anyMatch(r -> r.first <= codePoint && codePoint <= r.last);
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    private static CodePoints normal(List<Range> ranges) {
        List<Range> split = new ArrayList<>();
        for (Range range : ranges) {
            addValid(split, range.first, Math.min(range.last, SURROGATE_FIRST - 1));
            addValid(split, Math.max(range.first, SURROGATE_LAST + 1), range.last);
        }
        Range[] sorted = split.toArray(new Range[0]);
        Arrays.sort(sorted, (a, b) -> Integer.compare(a.first, b.first));
        List<Range> merged = new ArrayList<>();
        for (Range range : sorted) {
            Range last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && range.first <= last.last + 1) {
                merged.set(
                        merged.size() - 1, new Range(last.first, Math.max(last.last, range.last)));
            } else {
                merged.add(range);
            }
        }
        return new CodePoints(merged);
    }

    private static void addValid(List<Range> ranges, int first, int last) {
        if (first <= last) {
            ranges.add(new Range(first, last));
        }
    }
}
