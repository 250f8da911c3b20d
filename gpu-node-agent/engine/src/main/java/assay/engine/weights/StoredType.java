package assay.engine.weights;

import assay.engine.kernel.DType;
import java.util.Optional;

/** How a file stores a tensor's elements, by the name that its format has for it. */
public sealed interface StoredType permits PlainType, GgmlType {
    String name();

    /** The kernels' type that reads it in place, if there is one. */
    Optional<DType> readable();
}
