package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;

/** The kernels of {@code products.cu} for weights of one type. */
record ProductSet(
        Kernel plain,
        Kernel fewEight,
        Kernel fewSixteen,
        Kernel gatedEight,
        Kernel gatedSixteen,
        Kernel someHalf,
        Kernel someFull,
        Kernel finishPlain,
        Kernel finishGated) {
    /** Elements of x that a block keeps of each token at once, and what pads them. */
    private static final int CHUNK = 256;

    private static final int PADDING = 32;

    /** F32, for which there is no more than the plain kernel, has it everywhere. */
    ProductSet(KernelLauncher launcher, DType type) {
        this(
                named(launcher, type, "product_plain_" + type, 0),
                streamed(launcher, type, "product_few_" + type + "_1", 0),
                streamed(launcher, type, "product_few_" + type + "_2", 0),
                streamed(launcher, type, "gated_few_" + type + "_1", 0),
                streamed(launcher, type, "gated_few_" + type + "_2", 0),
                streamed(launcher, type, "product_some_" + type + "_4", someBytes(true)),
                streamed(launcher, type, "product_some_" + type + "_8", someBytes(false)),
                named(launcher, type, "finish_some", 0),
                named(launcher, type, "finish_gated", 0));
    }

    /** The source that is compiled for weights of a type. */
    static String source(DType type) {
        return "products@" + type;
    }

    private static Kernel named(KernelLauncher launcher, DType type, String name, int bytes) {
        return launcher.kernel(source(type), name, bytes);
    }

    private static Kernel streamed(KernelLauncher launcher, DType type, String name, int bytes) {
        return named(launcher, type, type == DType.F32 ? "product_plain_F32" : name, bytes);
    }

    /** Shared memory of a product of some tokens: two chunks of up to 32 or 64 rows of x. */
    static int someBytes(boolean half) {
        return 2 * (half ? 32 : 64) * (CHUNK + PADDING) * Short.BYTES;
    }

    Kernel few(boolean eight) {
        return eight ? fewEight : fewSixteen;
    }

    Kernel gated(boolean eight) {
        return eight ? gatedEight : gatedSixteen;
    }

    Kernel some(boolean half) {
        return half ? someHalf : someFull;
    }

    Kernel finish(boolean gated) {
        return gated ? finishGated : finishPlain;
    }
}
