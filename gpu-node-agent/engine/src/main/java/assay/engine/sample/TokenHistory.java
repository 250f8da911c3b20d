package assay.engine.sample;

import java.util.Arrays;

/**
 * Which ids a sequence has seen, and how often each was generated: what penalties need. A pure
 * function of prompt and generated ids, in whatever order the ids came; so it can be made anew
 * anywhere. Confined to one thread.
 */
public final class TokenHistory {
    private static final int SMALLEST = 16;

    /** Distinct ids in order of appearance, and how often each was generated. */
    private int[] ids = new int[SMALLEST];

    private int[] counts = new int[SMALLEST];
    private int size;

    /** Open addressing: places in {@code ids}, plus 1; at most half full. */
    private int[] table = new int[2 * SMALLEST];

    public static TokenHistory of(int[] promptIds, int[] generatedIds) {
        TokenHistory history = new TokenHistory();
        for (int id : promptIds) {
            history.place(id);
        }
        for (int id : generatedIds) {
            history.add(id);
        }
        return history;
    }

    /** One more generated id. */
    public void add(int id) {
        int index = place(id); // may make room, so before the array is looked at
        counts[index]++;
    }

    /** How many distinct ids were seen. */
    int size() {
        return size;
    }

    int id(int index) {
        return ids[index];
    }

    /** How often the id at an index was generated; 0 when it was in the prompt only. */
    int generated(int index) {
        return counts[index];
    }

    private int place(int id) {
        int slot = slot(id);
        while (table[slot] != 0) {
            if (ids[table[slot] - 1] == id) {
                return table[slot] - 1;
            }
            slot = (slot + 1) & (table.length - 1);
        }
        if (size == ids.length) {
            grow();
            return place(id);
        }
        ids[size] = id;
        table[slot] = ++size;
        return size - 1;
    }

    private int slot(int id) {
        return ((id * 0x9E3779B9) >>> 8) & (table.length - 1);
    }

    private void grow() {
        ids = Arrays.copyOf(ids, 2 * size);
        counts = Arrays.copyOf(counts, 2 * size);
        table = new int[4 * size];
        for (int i = 0; i < size; i++) {
            int slot = slot(ids[i]);
            while (table[slot] != 0) {
                slot = (slot + 1) & (table.length - 1);
            }
            table[slot] = i + 1;
        }
    }
}
