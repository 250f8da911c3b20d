package assay.web.jobs;

import assay.web.WebException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Items as the rows of a table (RFC 4180, UTF-8): the first row names the fields, an empty cell is
 * a field that the item does not have. Cells of text fields are taken as they are, those of others
 * as JSON where they are JSON. Confined to one thread.
 */
public final class CsvItems implements ItemSource {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int END = -1;
    private static final Set<String> TEXTS =
            Set.of("id", "model", "prompt", "scenario", "system", "statement", "preamble");

    private final BufferedReader in;
    private final int rowChars;
    private final long allChars;
    private @Nullable List<String> names;
    private long read;
    private long line = 1;
    private int ahead = '\uFEFF'; // so that a byte order mark is passed over

    /**
     * @param limits of one row and of all, in characters here
     */
    public CsvItems(InputStream in, JobLimits limits) {
        var decoder =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        this.in = new BufferedReader(new InputStreamReader(in, decoder));
        this.rowChars = limits.itemBytes();
        this.allChars = limits.bodyBytes();
    }

    @Override
    public Optional<ReadItem> next() throws IOException {
        if (names == null) {
            names = names();
        }
        List<String> columns = names;
        for (long begin = line; ; begin = line) {
            List<String> cells = row();
            if (cells == null) {
                return Optional.empty();
            }
            if (cells.size() == 1 && cells.getFirst().isEmpty()) {
                continue; // an empty line
            }
            if (cells.size() != columns.size()) {
                throw BadItem.at(
                        begin, "cells", cells.size() + " (expected: " + columns.size() + ")");
            }
            return Optional.of(new ReadItem(begin, item(columns, cells)));
        }
    }

    private List<String> names() throws IOException {
        advance();
        if (ahead == '\uFEFF') {
            advance();
        }
        List<String> row = row();
        if (row == null) {
            throw WebException.invalid("items", "nothing is in the file");
        }
        List<String> stripped = row.stream().map(String::strip).toList();
        if (new HashSet<>(stripped).size() != stripped.size() || stripped.contains("")) {
            throw BadItem.at(1, "columns", "one is empty or twice (expected: names of fields)");
        }
        return stripped;
    }

    private static ObjectNode item(List<String> names, List<String> cells) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            if (!cell.isEmpty()) {
                String name = names.get(i);
                fields.set(name, TEXTS.contains(name) ? text(cell) : value(cell));
            }
        }
        return fields;
    }

    private static JsonNode text(String cell) {
        return JsonNodeFactory.instance.stringNode(cell);
    }

    private static JsonNode value(String cell) {
        try {
            return JSON.readTree(cell);
        } catch (JacksonException e) {
            return text(cell);
        }
    }

    /** The cells of the next row; null after the last. */
    private @Nullable List<String> row() throws IOException {
        if (ahead == END) {
            return null;
        }
        long begin = line;
        var cells = new ArrayList<String>();
        int chars = 0;
        while (true) {
            String cell = ahead == '"' ? quoted(begin) : plain(begin);
            chars += cell.length();
            if (chars > rowChars) {
                throw Lines.tooLong(begin, rowChars);
            }
            cells.add(cell);
            switch (ahead) {
                case ',' -> advance();
                case '\r', '\n', END -> {
                    endOfRow();
                    return cells;
                }
                default -> throw BadItem.at(begin, "cells", "text after a closing quote");
            }
        }
    }

    private String plain(long begin) throws IOException {
        var cell = new StringBuilder();
        while (ahead != ',' && ahead != '\r' && ahead != '\n' && ahead != END) {
            append(cell, begin);
        }
        return cell.toString();
    }

    private String quoted(long begin) throws IOException {
        var cell = new StringBuilder();
        advance();
        while (true) {
            if (ahead == END) {
                throw BadItem.at(begin, "cells", "a quote is not closed");
            }
            if (ahead == '"') {
                advance();
                if (ahead != '"') {
                    return cell.toString();
                }
            }
            append(cell, begin);
        }
    }

    private void append(StringBuilder cell, long begin) throws IOException {
        if (cell.length() == rowChars) {
            throw Lines.tooLong(begin, rowChars);
        }
        cell.append((char) ahead);
        if (ahead == '\n') {
            line++;
        }
        advance();
    }

    private void endOfRow() throws IOException {
        if (ahead == '\r') {
            advance();
        }
        if (ahead == '\n') {
            advance();
        }
        line++;
    }

    private void advance() throws IOException {
        try {
            ahead = in.read();
        } catch (CharacterCodingException e) {
            throw BadItem.at(line, "cells", "not UTF-8");
        }
        read++;
        if (read > allChars) {
            throw Lines.tooMuch(allChars);
        }
    }
}
