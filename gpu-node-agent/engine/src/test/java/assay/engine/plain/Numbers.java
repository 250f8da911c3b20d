package assay.engine.plain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** The few operations of linear algebra that the formulas are written in. */
final class Numbers {
    private Numbers() {}

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double[] times(double[][] matrix, double[] x) {
        double[] out = new double[matrix.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = dot(matrix[i], x);
        }
        return out;
    }

    static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    static double[] scaled(double[] a, double factor) {
        return map(a, value -> value * factor);
    }

    static double[] map(double[] a, DoubleUnaryOperator operator) {
        return Arrays.stream(a).map(operator).toArray();
    }

    static double[] part(double[] a, int from, int count) {
        return Arrays.copyOfRange(a, from, from + count);
    }

    static double[] joined(double[] a, double[] b) {
        double[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    static double[] softmax(double[] a) {
        double largest = Arrays.stream(a).max().orElseThrow();
        double[] powers = map(a, value -> Math.exp(value - largest));
        return scaled(powers, 1 / Arrays.stream(powers).sum());
    }

    static double sigmoid(double value) {
        return 1 / (1 + Math.exp(-value));
    }

    static double[] rootMeanSquareNorm(double[] x, double[] weight, double epsilon) {
        double scale = 1 / Math.sqrt(dot(x, x) / x.length + epsilon);
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] * scale * weight[i];
        }
        return out;
    }

    /** Indices of the largest values, the largest first; of equal ones the lower index. */
    static List<Integer> largest(double[] values, int count) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingDouble((Integer i) -> -values[i]));
        return order.subList(0, count);
    }
}
