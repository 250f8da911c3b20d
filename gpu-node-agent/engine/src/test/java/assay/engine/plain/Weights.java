package assay.engine.plain;

/** Where the plain network has its weights from. */
interface Weights {
    /** A matrix by its whole name. */
    double[][] matrix(String name, int rows, int width);

    /** A vector by its whole name. */
    default double[] vector(String name, int width) {
        return matrix(name, 1, width)[0];
    }
}
