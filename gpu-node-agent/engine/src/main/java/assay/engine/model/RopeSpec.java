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

    /**
     * YaRN: pairs that turn often within the original context are kept, those that hardly turn are
     * stretched by the factor, those between blended; and all cosines and sines grow a little.
     * Source: arXiv 2309.00071, 3.2 and 3.4; {@code _compute_yarn_parameters} of transformers.
     *
     * @param theta above 1
     * @param originalContext positions before stretching
     * @param fastTurns pairs with more turns in the original context are kept
     * @param slowTurns pairs with fewer are stretched
     * @param wholePairs the ends of the blend are rounded outwards to whole pairs
     * @param magnitude multiplies all cosines and sines
     */
    record Yarn(
            double theta,
            double factor,
            int originalContext,
            double fastTurns,
            double slowTurns,
            boolean wholePairs,
            double magnitude)
            implements RopeSpec {
        private static final double LOG_SHARE = 0.1;
        private static final double LEAST_BLEND = 0.001;

        /** What attention gains from a stretch by {@code factor}: 0.1 m ln(factor) + 1. */
        public static double gain(double factor, double m) {
            return factor <= 1 ? 1 : LOG_SHARE * m * Math.log(factor) + 1;
        }

        @Override
        public double inverseFrequency(int index, int headDim) {
            double low = pairOf(fastTurns, headDim);
            double high = pairOf(slowTurns, headDim);
            if (wholePairs) {
                low = Math.floor(low);
                high = Math.ceil(high);
            }
            low = Math.max(low, 0);
            high = Math.min(high, headDim - 1);
            double blend = (index - low) / (high == low ? LEAST_BLEND : high - low);
            double stretched = Math.clamp(blend, 0.0, 1.0);
            double plain = Math.pow(theta, -2.0 * index / headDim);
            return plain / factor * stretched + plain * (1 - stretched);
        }

        /** The pair, between whole ones, that turns so many times in the original context. */
        private double pairOf(double turns, int headDim) {
            double wavelength = originalContext / turns;
            return headDim * Math.log(wavelength / (2 * Math.PI)) / (2 * Math.log(theta));
        }
    }
}
