package assay.engine.cache;

import assay.engine.kernel.KvBlocks;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names full blocks by a hash chain: SHA-256 over the name of the block before and the ids of the
 * block's own positions. The chain begins with a salt: sequences with different salts never share a
 * block, so none can learn from its own waiting time what another asked. Source: automatic prefix
 * caching of vLLM, whose hash chain this is.
 *
 * <p>Keeps scratch memory: confined to one thread.
 */
public final class PrefixNames {
    private static final int NAME_BYTES = 2 * Long.BYTES;

    private final MessageDigest digest;
    private final ByteBuffer scratch =
            ByteBuffer.allocate(NAME_BYTES + KvBlocks.BLOCK_TOKENS * Integer.BYTES);

    public PrefixNames() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What the first block of a sequence follows. */
    public BlockName root(String salt) {
        return name(digest.digest(salt.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The name of the block that follows another one.
     *
     * @param ids of a whole sequence
     * @param from the block's first position; it has {@link KvBlocks#BLOCK_TOKENS} of them
     */
    public BlockName next(BlockName before, int[] ids, int from) {
        scratch.clear();
        scratch.putLong(before.high()).putLong(before.low());
        for (int i = from; i < from + KvBlocks.BLOCK_TOKENS; i++) {
            scratch.putInt(ids[i]);
        }
        digest.update(scratch.flip());
        return name(digest.digest());
    }

    private static BlockName name(byte[] hash) {
        ByteBuffer bytes = ByteBuffer.wrap(hash);
        return new BlockName(bytes.getLong(), bytes.getLong());
    }
}
