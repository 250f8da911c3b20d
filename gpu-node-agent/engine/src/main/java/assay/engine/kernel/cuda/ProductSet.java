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

    /** F32, for which there is no more than the plain kernel, has it everywhere. */
    ProductSet(KernelLauncher launcher, DType type) {
        this(
                named(launcher, type, "product_plain_" + type, 0),
                streamed(launcher, type, "product_few_" + type + "_1", 0),
                streamed(launcher, type, "product_few_" + type + "_2", 0),
                streamed(launcher, type, "gated_few_" + type + "_1", 0),
                streamed(launcher, type, "gated_few_" + type + "_2", 0),
                streamed(
                        launcher,
                        type,
                        "product_some_" + type + "_4",
                        some(launcher, type, true).sharedBytes()),
                streamed(
                        launcher,
                        type,
                        "product_some_" + type + "_8",
                        some(launcher, type, false).sharedBytes()),
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

    /** A block of a product of some tokens: up to 32, or up to 64. */
    static SomeBlock some(KernelLauncher launcher, DType type, boolean half) {
        return SomeBlock.of(launcher.capability(), type, half ? 32 : 64);
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
