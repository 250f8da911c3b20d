package assay.web.insight;

import assay.web.insight.NodeTrend.DeviceSample;
import assay.web.insight.NodeTrend.NetworkSample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last ten minutes of every device and network, in this process's memory alone. Bounded twice:
 * a ring holds {@value #SAMPLES} moments, and beyond {@value #MOST_RINGS} rings a new device gets
 * none until an old one is forgotten; that is 40 MB at most. Confined to its owner's lock.
 */
final class Trends {
    static final Duration KEPT = Duration.ofMinutes(10);

    /** Pictures come at each change as well: what is closer together is skipped. */
    static final Duration STEP = Duration.ofSeconds(2);

    static final int SAMPLES = 300;
    static final int MOST_RINGS = 5000;

    private static final int NETWORK_FIGURES = 2;
    private static final int DEVICE_FIGURES = 5;

    private final Map<String, Rings> nodes = new HashMap<>();
    private int rings;
    private long last = Long.MIN_VALUE;

    /** Takes the picture in, when it is not too close to the one before. */
    void add(long unixMillis, List<Node> cluster) {
        // A picture of an earlier time comes from another scheduler's clock: it begins anew.
        if (unixMillis >= last && unixMillis < last + STEP.toMillis()) {
            return;
        }
        last = unixMillis;
        for (Node node : cluster) {
            if (node.state() == Node.State.READY) {
                take(unixMillis, node);
            }
        }
        forget(unixMillis - KEPT.toMillis());
    }

    /** What is kept of the node; empty lists when nothing is. */
    NodeTrend of(String nodeId) {
        Rings kept = nodes.get(nodeId);
        if (kept == null) {
            return new NodeTrend(List.of(), Map.of());
        }
        var network = new ArrayList<NetworkSample>();
        if (kept.network != null) {
            kept.network.each(
                    (at, figures) -> network.add(new NetworkSample(at, figures[0], figures[1])));
        }
        var devices = new HashMap<String, List<DeviceSample>>();
        kept.devices.forEach((id, ring) -> {
            var samples = new ArrayList<DeviceSample>();
            ring.each((at, figures) ->
                    samples.add(
                            new DeviceSample(
                                    at,
                                    figures[0],
                                    figures[1],
                                    figures[2],
                                    figures[3],
                                    figures[4])));
            devices.put(id, List.copyOf(samples));
        });
        return new NodeTrend(network, devices);
    }

    /** How many rings there are: for the bound's test. */
    int rings() {
        return rings;
    }

    private void take(long unixMillis, Node node) {
        Rings kept = nodes.computeIfAbsent(node.id(), _ -> new Rings());
        var network = node.network();
        if (network != null) {
            if (kept.network == null) {
                kept.network = newRing(NETWORK_FIGURES);
            }
            if (kept.network != null) {
                kept.network.add(
                        unixMillis,
                        network.receiveBytesPerSecond(),
                        network.transmitBytesPerSecond());
            }
        }
        for (Device device : node.devices()) {
            Ring ring = kept.devices.get(device.id());
            if (ring == null) {
                ring = newRing(DEVICE_FIGURES);
                if (ring == null) {
                    continue;
                }
                kept.devices.put(device.id(), ring);
            }
            var gpu = device.gpu();
            ring.add(
                    unixMillis,
                    device.utilizationRatio(),
                    (double) device.memoryUsedBytes(),
                    orNaN(gpu == null ? null : gpu.memoryBandwidthRatio()),
                    orNaN(gpu == null ? null : gpu.temperatureCelsius()),
                    orNaN(gpu == null ? null : gpu.powerWatts()));
        }
    }

    private void forget(long before) {
        Iterator<Rings> each = nodes.values().iterator();
        while (each.hasNext()) {
            Rings kept = each.next();
            if (kept.network != null && kept.network.newest() < before) {
                kept.network = null;
                rings--;
            }
            int devices = kept.devices.size();
            kept.devices.values().removeIf(ring -> ring.newest() < before);
            rings -= devices - kept.devices.size();
            if (kept.network == null && kept.devices.isEmpty()) {
                each.remove();
            }
        }
    }

    private @Nullable Ring newRing(int figures) {
        if (rings >= MOST_RINGS) {
            return null;
        }
        rings++;
        return new Ring(figures);
    }

    private static double orNaN(@Nullable Number figure) {
        return figure == null ? Double.NaN : figure.doubleValue();
    }

    /** Those of one node. */
    private static final class Rings {
        private @Nullable Ring network;
        private final Map<String, Ring> devices = new HashMap<>();
    }

    /** The newest moments of some figures, in single precision: they are drawn, not summed. */
    private static final class Ring {
        private final long[] times = new long[SAMPLES];
        private final float[] figures;
        private final int width;
        private int next;
        private int size;

        Ring(int width) {
            this.width = width;
            this.figures = new float[SAMPLES * width];
        }

        void add(long unixMillis, double... moment) {
            times[next] = unixMillis;
            for (int i = 0; i < width; i++) {
                figures[next * width + i] = (float) moment[i];
            }
            next = (next + 1) % SAMPLES;
            size = Math.min(SAMPLES, size + 1);
        }

        long newest() {
            return times[(next + SAMPLES - 1) % SAMPLES];
        }

        /** Oldest first; the array is the reader's. */
        void each(Reader reader) {
            for (int i = 0; i < size; i++) {
                int at = (next + SAMPLES - size + i) % SAMPLES;
                var moment = new double[width];
                for (int figure = 0; figure < width; figure++) {
                    moment[figure] = figures[at * width + figure];
                }
                reader.read(times[at], moment);
            }
        }

        /** Takes one moment. */
        private interface Reader {
            void read(long unixMillis, double[] figures);
        }
    }
}
