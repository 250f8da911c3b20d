package assay.engine.model;

import java.util.Arrays;
import java.util.List;

/** How many positions each layer sees; 0 for all. */
final class LayerWindows {
    static final String KEY = "sliding_window";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final int QWEN_WINDOW = 4_096;
    private static final int QWEN_FULL_LAYERS = 28;

    private LayerWindows() {}

    /**
     * One window for all layers. A list of layer types may stand beside it as long as it says the
     * same: transformers passes it over.
     *
     * @param otherwise where the config names none; null in it means no window
     */
    static int[] same(JsonFields config, int otherwise) {
        int window = config.isNull(KEY) ? 0 : config.has(KEY) ? config.count(KEY) : otherwise;
        return all(config, window);
    }

    /** One window for all layers, if it is used. */
    static int[] sameIfUsed(JsonFields config) {
        boolean used = config.flag("use_sliding_window", false);
        return used ? same(config, QWEN_WINDOW) : all(config, 0);
    }

    private static int[] all(JsonFields config, int window) {
        String expected = window == 0 ? FULL : SLIDING;
        if (!config.texts("layer_types").stream().allMatch(expected::equals)) {
            throw config.unsupported("layer_types");
        }
        int[] windows = new int[config.layerCount()];
        Arrays.fill(windows, window);
        return windows;
    }

    /** One window, if it is used, for the layers that are listed or from one on. */
    static int[] listed(JsonFields config) {
        boolean used = config.flag("use_sliding_window", false) && !config.isNull(KEY);
        int window = used ? config.count(KEY, QWEN_WINDOW) : 0;
        int[] windows = new int[config.layerCount()];
        if (!config.has("layer_types")) {
            int full = config.natural("max_window_layers", QWEN_FULL_LAYERS);
            Arrays.fill(windows, Math.min(full, windows.length), windows.length, window);
            return windows;
        }
        List<String> types = config.texts("layer_types");
        if (types.size() != windows.length) {
            throw config.wrong("layer_types", windows.length + " of them");
        }
        for (int i = 0; i < windows.length; i++) {
            switch (types.get(i)) {
                case FULL -> windows[i] = 0;
                case SLIDING -> windows[i] = window;
                default -> throw config.unsupported("layer_types");
            }
        }
        if (window == 0 && types.contains(SLIDING)) {
            throw config.wrong("layer_types", "none sliding where no window is used");
        }
        return windows;
    }
}
