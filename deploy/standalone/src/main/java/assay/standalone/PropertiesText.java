package assay.standalone;

import java.util.Map;

/** A Java properties file, as Spring reads it. Stateless. */
final class PropertiesText {
    private PropertiesText() {}

    /** One line for each entry, in the map's order; everything beyond plain ASCII is escaped. */
    static String of(Map<String, String> entries) {
        var text = new StringBuilder();
        entries.forEach((key, value) -> {
            escape(text, key, true);
            text.append('=');
            escape(text, value, false);
            text.append('\n');
        });
        return text.toString();
    }

    private static void escape(StringBuilder text, String part, boolean key) {
        for (int i = 0; i < part.length(); i++) {
            char sign = part.charAt(i);
            boolean special =
                    sign == '\\'
                            || (key && (sign == '=' || sign == ':' || sign == ' '))
                            || (i == 0 && (sign == ' ' || sign == '#' || sign == '!'));
            if (sign < 0x20 || sign > 0x7e) {
                text.append(String.format("\\u%04x", (int) sign));
            } else {
                text.append(special ? "\\" : "").append(sign);
            }
        }
    }
}
