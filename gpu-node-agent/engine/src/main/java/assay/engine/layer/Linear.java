package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix and what is added to its product.
 *
 * @param weight (N, K)
 * @param bias (1, N)
 */
record Linear(Tensor weight, @Nullable Tensor bias) {
    /** Several over one input, which is prepared once for all. */
    record Fan(List<Linear> parts, List<Tensor> weights) {
        static Fan of(Linear... parts) {
            List<Linear> all = List.of(parts);
            return new Fan(all, all.stream().map(Linear::weight).toList());
        }

        /**
         * @param x (T, K)
         * @param outs (T, N) of each part
         */
        void apply(Backend backend, Tensor x, List<Tensor> outs) {
            backend.matmul(x, weights, outs);
            for (int i = 0; i < outs.size(); i++) {
                Tensor bias = parts.get(i).bias();
                if (bias != null) {
                    backend.addRow(outs.get(i), bias);
                }
            }
        }
    }

    void apply(Backend backend, Tensor x, Tensor out) {
        backend.matmul(x, List.of(weight), List.of(out));
        if (bias != null) {
            backend.addRow(out, bias);
        }
    }

    /**
     * @param out (T, N), added to
     */
    void addTo(Backend backend, Tensor x, Tensor out) {
        backend.addMatmul(x, weight, out);
        if (bias != null) {
            backend.addRow(out, bias);
        }
    }
}
