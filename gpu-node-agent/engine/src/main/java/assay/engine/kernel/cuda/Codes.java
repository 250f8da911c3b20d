package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import assay.engine.kernel.RotaryPairing;

/** The integers that the sources have for what is named here. */
final class Codes {
    private Codes() {}

    static int of(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case F8_E4M3 -> 3;
            case Q8_0 -> 4;
            case Q4_0 -> 5;
            case Q4_K -> 6;
            case Q5_K -> 7;
            case Q6_K -> 8;
        };
    }

    static int of(RotaryPairing pairing) {
        return switch (pairing) {
            case HALVES -> 0;
            case PAIRS -> 1;
        };
    }

    static int of(ProductOutput.Kind kind) {
        return switch (kind) {
            case BF16 -> 0;
            case F32 -> 1;
            case ADD_BF16 -> 2;
        };
    }
}
