package assay.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagedKvCacheTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noBlockBelongsToTwoAndNoneIsLost(long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            PagedKvCache cache = new PagedKvCache(arena, 1, 1, 2, 2, 640, 6);
            Map<Long, int[]> tables = new HashMap<>();
            for (int round = 0; round < 2_000; round++) {
                long id = random.nextInt(8);
                if (random.nextInt(4) == 0) {
                    cache.release(id);
                    tables.remove(id);
                } else {
                    int position = random.nextInt(cache.tokens(id) + 1);
                    int end = position + 1 + random.nextInt(90);
                    try {
                        tables.put(id, cache.place(id, position, end, cache.choose(id, end)));
                    } catch (EngineException full) {
                        assertThat(full.getMessage()).contains("expected");
                    }
                }
                Set<Integer> used = new HashSet<>();
                tables.values()
                        .forEach(table -> {
                            for (int block : table) {
                                assertThat(used.add(block)).isTrue();
                            }
                        });
                assertThat(used.size() + cache.freeBlocks()).isEqualTo(40);
            }
            cache.reset();
            assertThat(cache.freeBlocks()).isEqualTo(40);
        }
    }

    @Test
    void aGapBeforeASliceIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            PagedKvCache cache = new PagedKvCache(arena, 1, 1, 2, 2, 64, 2);
            cache.place(1, 0, 5, new TableUpdate(0, new int[] {0}));
            assertThatThrownBy(() -> cache.place(1, 6, 7, new TableUpdate(1, new int[0])))
                    .hasMessage("sequence 1: positions 6..7 (expected: from at most 5)");
        }
    }
}
