package assay.agent.devices;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Something happened to a device. Immutable.
 *
 * @param deviceId of the device
 * @param code stable name
 * @param detail in words
 * @param fields by stable names, see {@link DeviceCode}
 * @param at when
 */
public record DeviceEvent(
        String deviceId, DeviceCode code, String detail, Map<String, String> fields, Instant at) {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceEvent.class);

    public DeviceEvent {
        fields = Map.copyOf(fields);
    }

    /**
     * Writes one line with the code and the fields as key-value pairs, named as in the Elastic
     * Common Schema where it has a name for them. A thread that works for a stage adds which.
     */
    public void log() {
        var line =
                LOG.atLevel(level())
                        .addKeyValue("event.action", "device")
                        .addKeyValue("event.code", code.name())
                        .addKeyValue("assay.device.id", deviceId);
        for (var field : new TreeMap<>(fields).entrySet()) {
            String name =
                    field.getKey().equals("error")
                            ? "error.code"
                            : "assay.device." + field.getKey();
            line = line.addKeyValue(name, field.getValue());
        }
        line.log(detail);
    }

    private Level level() {
        if (code.isFault()) {
            return Level.ERROR;
        }
        return code == DeviceCode.DEVICE_MEMORY_NORMAL ? Level.INFO : Level.WARN;
    }
}
