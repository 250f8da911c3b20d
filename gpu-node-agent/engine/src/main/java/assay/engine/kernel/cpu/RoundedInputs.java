package assay.engine.kernel.cpu;

import assay.engine.kernel.Tensor;
import assay.engine.kernel.cpu.x86.Amx;
import java.util.ArrayList;
import java.util.List;

/**
 * The inputs of a product as {@link Amx} wants them: in groups, and of a group block after block.
 * Of each block of an input the largest magnitude becomes {@link Amx#LARGEST}, and all elements
 * ints of that scale: they differ by 2e-5 of that magnitude at most. Inputs that a group lacks are
 * zero. An element that is not finite makes the scale, and all products, not finite.
 */
final class RoundedInputs {
    /** Blocks that are filled at once. */
    private static final int PART = 16;

    /** Inputs of one call of the kernel, at an address. */
    record Group(int first, int count, int abreast, long at) {}

    private final Amx.Form form;
    private final int width;
    private final List<Group> groups = new ArrayList<>();
    private final long end;

    /**
     * @param address of {@link #bytes} on a cache line
     */
    RoundedInputs(Amx.Form form, int width, int tokens, long address) {
        this.form = form;
        this.width = width;
        long at = address;
        for (int first = 0; first < tokens; ) {
            int left = tokens - first;
            int abreast = left > Amx.FEW ? Amx.MANY : left > 1 ? Amx.FEW : 1;
            groups.add(new Group(first, Math.min(left, abreast), abreast, at));
            first += abreast;
            at += (long) blocks() * form.inputBytes(abreast);
        }
        end = at;
    }

    /** Bytes of so many inputs. */
    static long bytes(Amx.Form form, int width, int tokens) {
        return new RoundedInputs(form, width, tokens, 0).end;
    }

    int blocks() {
        return width / Amx.BLOCK;
    }

    /** Bytes of a row's products with all groups. */
    long rowBytes() {
        return groups.stream().mapToLong(this::sumBytes).sum();
    }

    /** The same with one group. */
    long sumBytes(Group group) {
        return (long) group.abreast() * form.parts() * Float.BYTES;
    }

    /** From a sum with upper parts to that with lower ones, or zero if they are one. */
    long lowerSums(Group group) {
        return form.parts() == 1 ? 0 : (long) group.abreast() * Float.BYTES;
    }

    /** From the weights' block to what it is multiplied with. */
    long block(Group group, int index) {
        return group.at() + (long) index * form.inputBytes(group.abreast());
    }

    List<Group> groups() {
        return groups;
    }

    /** Parts that can be filled at once. */
    int parts() {
        return groups.size() * Math.ceilDiv(blocks(), PART);
    }

    /** Fills one part from the rows of {@code x}. */
    void fill(Tensor x, int part) {
        Group group = groups.get(part % groups.size());
        int first = part / groups.size() * PART;
        int count = Math.min(PART, blocks() - first);
        long to = group.at() + (long) first * form.inputBytes(group.abreast());
        if (group.count() < group.abreast()) {
            Memory.zero(to, (long) count * form.inputBytes(group.abreast()));
        }
        for (int i = 0; i < group.count(); i++) {
            long from =
                    Memory.address(x.data())
                            + (group.first() + i) * x.rowBytes()
                            + (long) first * Amx.BLOCK * Float.BYTES;
            form.round(from, to, group.abreast(), i, count);
        }
    }
}
