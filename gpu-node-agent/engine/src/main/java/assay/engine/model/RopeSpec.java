package assay.engine.model;

/**
 * How positions become angles: pair i of D/2 turns by {@code position * inverseFrequency(i, D)}.
 * Immutable. Source of the scaled forms: {@code modeling_rope_utils.py} of transformers.
 */
public sealed interface RopeSpec {
    /** Radians a position for pair {@code index} of a head of {@code headDim} elements. */
    double inverseFrequency(int index, int headDim);

    /** Multiplies all cosines and sines. */
    default double magnitude() {
        return 1;
    }

    /** theta^(-2i/D). Source: RoFormer (arXiv 2104.09864), eq. 15. */
    record Plain(double theta) implements RopeSpec {
        @Override
        public double inverseFrequency(int index, int headDim) {
            return Math.pow(theta, -2.0 * index / headDim);
        }
    }

    /** Positions squeezed by a factor. Source: arXiv 2306.15595. */
    record Linear(double theta, double factor) implements RopeSpec {
        @Override
        public double inverseFrequency(int index, int headDim) {
            return Math.pow(theta, -2.0 * index / headDim) / factor;
        }
    }

    /**
     * Llama 3.1: long wavelengths are stretched by the factor, short ones kept, those between
     * blended.
     *
     * @param lowFactor wavelengths above originalContext / lowFactor are stretched
     * @param highFactor wavelengths below originalContext / highFactor are kept
     */
    record Llama3(
            double theta, double factor, double lowFactor, double highFactor, int originalContext)
            implements RopeSpec {
        @Override
        public double inverseFrequency(int index, int headDim) {
            double plain = Math.pow(theta, -2.0 * index / headDim);
            double wavelength = 2 * Math.PI / plain;
            if (wavelength < originalContext / highFactor) {
                return plain;
            }
            if (wavelength > originalContext / lowFactor) {
                return plain / factor;
            }
            double smooth = (originalContext / wavelength - lowFactor) / (highFactor - lowFactor);
            return (1 - smooth) * plain / factor + smooth * plain;
        }
    }
}
