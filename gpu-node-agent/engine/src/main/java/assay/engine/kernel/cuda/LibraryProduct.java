package assay.engine.kernel.cuda;

import assay.engine.kernel.cuda.driver.MatrixProduct;

/** Products by cuBLASLt. The product stays its opener's to close. */
public record LibraryProduct(MatrixProduct product) implements DenseProduct {
    @Override
    public void multiply(
            long stream,
            DeviceRows x,
            long weight,
            int rows,
            long out,
            int outStride,
            ProductOutput.Kind kind) {
        boolean wide = kind == ProductOutput.Kind.F32;
        product.multiply(
                stream,
                new MatrixProduct.Shape(x.count(), rows, x.width(), x.stride(), outStride, wide),
                x.address(),
                weight,
                out,
                kind == ProductOutput.Kind.ADD_BF16);
    }
}
