package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class PropertiesTextTest {
    @Test
    void isReadBackAsItWas() throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("plain", "value");
        entries.put("a key:with=signs", " leading blank, back\\slash, # and ! later");
        entries.put("path", "/home/Jörg/数据/line\nbreak");
        entries.put("comment", "#not one");
        var properties = new Properties();
        properties.load(new StringReader(PropertiesText.of(entries)));
        assertThat(properties).containsExactlyInAnyOrderEntriesOf(entries);
    }
}
