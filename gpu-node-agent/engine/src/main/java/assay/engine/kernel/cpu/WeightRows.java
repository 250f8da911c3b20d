package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;

/**
 * Some rows of a weight, and where their products go.
 *
 * @param first row of the weight
 * @param out address of the product of the first row with the first input
 * @param outStride to that with the next input
 * @param add to what is there, instead of in its place
 */
record WeightRows(
        Expander expander,
        Expander.Source source,
        int first,
        int count,
        long out,
        long outStride,
        boolean add) {

    static WeightRows all(Tensor weight, Tensor out, boolean add) {
        return new WeightRows(
                Expander.of(weight.type()),
                Expander.Source.of(weight),
                0,
                weight.rows(),
                Memory.address(out.data()),
                out.rowBytes(),
                add);
    }

    WeightRows part(int from, int most) {
        return new WeightRows(
                expander,
                source,
                first + from,
                Math.min(most, count - from),
                out + (long) from * Float.BYTES,
                outStride,
                add);
    }

    /** Where the product of a row, counted from the first, with an input goes. */
    long place(int row, int input) {
        return out + input * outStride + (long) row * Float.BYTES;
    }

    /** Puts an input's products with some rows, which stand so far apart, in their places. */
    void put(int row, int rows, int input, float[] products, int at, int apart) {
        long to = place(row, input);
        if (add) {
            for (int i = 0; i < rows; i++, to += Float.BYTES) {
                Memory.setFloat(to, Memory.getFloat(to) + products[at + i * apart]);
            }
        } else {
            for (int i = 0; i < rows; i++, to += Float.BYTES) {
                Memory.setFloat(to, products[at + i * apart]);
            }
        }
    }

    /**
     * The same for products at an address.
     *
     * @param lower from each to what is added to it, or zero
     */
    void put(int row, int rows, int input, long products, long apart, long lower) {
        long to = place(row, input);
        long from = products;
        for (int i = 0; i < rows; i++, to += Float.BYTES, from += apart) {
            float product = Memory.getFloat(from);
            if (lower != 0) {
                product += Memory.getFloat(from + lower);
            }
            Memory.setFloat(to, add ? Memory.getFloat(to) + product : product);
        }
    }
}
