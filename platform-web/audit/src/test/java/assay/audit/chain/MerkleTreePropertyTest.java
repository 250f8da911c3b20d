package assay.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MerkleTreePropertyTest {
    /** The definition of RFC 6962, section 2.1, word for word. */
    private static byte[] defined(List<byte[]> leaves) {
        if (leaves.isEmpty()) {
            return Hashes.sha256(new byte[0]);
        }
        if (leaves.size() == 1) {
            return leaves.getFirst();
        }
        int k = 1;
        while (k * 2 < leaves.size()) {
            k *= 2;
        }
        return Hashes.node(
                defined(leaves.subList(0, k)), defined(leaves.subList(k, leaves.size())));
    }

    private static List<byte[]> leaves(int count, long seed) {
        var random = new Random(seed);
        List<byte[]> leaves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] leaf = new byte[Hashes.LENGTH];
            random.nextBytes(leaf);
            leaves.add(leaf);
        }
        return leaves;
    }

    private static Supplier<byte[]> each(List<byte[]> leaves) {
        Iterator<byte[]> next = leaves.iterator();
        return next::next;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100, 127, 128, 129, 1000})
    void leavesOneByOneMakeTheRootOfTheDefinition(int count) {
        List<byte[]> leaves = leaves(count, count);
        var tree = new MerkleTree();
        leaves.forEach(tree::add);
        assertThat(tree.root()).isEqualTo(defined(leaves));
        assertThat(tree.leafCount()).isEqualTo(count);
    }

    @Test
    void theRootOfNothingIsThatOfTheStandard() {
        assertThat(HexFormat.of().formatHex(new MerkleTree().root()))
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aRunOfLeavesLeadsToTheRootByItsProofAndAnyOtherRunDoesNot(long seed) {
        var random = new Random(seed);
        int count = 1 + random.nextInt(300);
        int from = random.nextInt(count);
        int to = from + 1 + random.nextInt(count - from);
        List<byte[]> leaves = leaves(count, seed);
        byte[] root = defined(leaves);
        List<byte[]> proof = MerkleTree.proof(count, from, to, each(leaves));
        List<byte[]> run = leaves.subList(from, to);

        assertThat(MerkleTree.rootOf(count, from, to, each(run), proof)).isEqualTo(root);
        assertThat(proof.size()).isLessThanOrEqualTo(2 * 9);

        List<byte[]> changed = new ArrayList<>(run);
        byte[] leaf = changed.get(random.nextInt(changed.size())).clone();
        leaf[random.nextInt(leaf.length)] ^= 1;
        changed.set(changed.size() / 2, leaf);
        assertThat(MerkleTree.rootOf(count, from, to, each(changed), proof)).isNotEqualTo(root);
        if (!proof.isEmpty()) {
            assertThatThrownBy(() ->
                            MerkleTree.rootOf(
                                    count, from, to, each(run), proof.subList(1, proof.size())))
                    .hasMessageContaining("too short");
        }
    }

    @Test
    void aProofHasNothingToSpare() {
        List<byte[]> leaves = leaves(8, 1);
        List<byte[]> proof = new ArrayList<>(MerkleTree.proof(8, 3, 4, each(leaves)));
        assertThat(proof).hasSize(3);
        proof.add(new byte[Hashes.LENGTH]);
        assertThatThrownBy(() -> MerkleTree.rootOf(8, 3, 4, each(leaves.subList(3, 4)), proof))
                .hasMessageContaining("too long");
        assertThatThrownBy(() -> MerkleTree.rootOf(8, 4, 4, each(leaves), proof))
                .hasMessageContaining("expected: a run of one or more");
    }
}
