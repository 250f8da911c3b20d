package assay.web.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ItemSourcesTest {
    private static final JobLimits LIMITS =
            new JobLimits(1000, 1024, 100_000, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1));

    @Test
    void linesAreReadInOrderWhateverPiecesTheyComeIn() throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            text.append("{\"id\": ")
                    .append(i)
                    .append(", \"prompt\": \"")
                    .append("é".repeat(i % 50));
            text.append(i % 3 == 0 ? "\"}\r\n" : "\"}\n").append(i % 7 == 0 ? " \n" : "");
        }
        var items = read(new NdjsonItems(inPieces(text.toString()), LIMITS));
        assertThat(items).hasSize(500);
        for (int i = 0; i < 500; i++) {
            assertThat(items.get(i).fields().get("id").intValue()).isEqualTo(i);
            assertThat(items.get(i).fields().get("prompt").stringValue()).hasSize(i % 50);
        }
        assertThat(items.get(1).line()).as("empty lines count").isEqualTo(3);
    }

    @Test
    void theLastLineNeedsNoEnd() throws IOException {
        assertThat(read(ndjson("{}\n{}"))).hasSize(2);
        assertThat(read(ndjson(""))).isEmpty();
        assertThat(read(ndjson("\n \n"))).isEmpty();
    }

    @Test
    void theFirstLineMaySayHowTheJobIsToBeRun() throws IOException {
        var with = ndjson("{\"job\": {\"kind\": \"verify\"}}\n{\"id\": 1}");
        assertThat(with.header().orElseThrow().get("kind").stringValue()).isEqualTo("verify");
        assertThat(read(with))
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.line()).isEqualTo(2);
                    assertThat(item.fields().get("id").intValue()).isEqualTo(1);
                });

        var without = ndjson("{\"prompt\": \"job\"}");
        assertThat(without.header()).isEmpty();
        assertThat(read(without)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "{}\\n[1]! line 2: this: not a JSON object",
                "{}\\n\\n{\"a\":! line 3: this is not JSON",
                "{\"a\": 1, \"a\": 2}! line 1: this is not JSON",
                "{} {}! line 1: this is not JSON",
                "nonsense! line 1: this is not JSON",
            })
    void aBadLineIsToldByItsNumber(String text, String message) {
        assertThatThrownBy(() -> read(ndjson(text.replace("\\n", "\n"))))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                            assertThat(e.detail()).startsWith(message);
                            assertThat(e.fields()).hasSize(1);
                        });
    }

    @Test
    void aLineAndAllOfThemAreBounded() {
        String longest = "{\"p\": \"" + "x".repeat(1024 - 8) + "\"}";
        assertThat(longest).hasSize(1024 + 1);
        assertThatThrownBy(() -> read(ndjson("{}\n" + longest + "\n")))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_TOO_LARGE);
                            assertThat(e.detail()).isEqualTo("line 2: above 1024 bytes");
                        });
        assertThatThrownBy(() -> read(ndjson("{}\n".repeat(50_000))))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.detail()).contains("above 100000 bytes in all"));
    }

    @Test
    void aTableGivesTextsAndValuesByTheirColumn() throws IOException {
        var items =
                read(
                        csv(
                                "\uFEFFid,prompt,max_tokens,stop_sequence,log_probs\r\n"
                                        + "7,\"two\n"
                                        + "lines, and \"\"quotes\"\"\",5,\"[\"\"a\"\"]\",\n"
                                        + "\n"
                                        + "b,42,x,,true"));
        assertThat(items).hasSize(2);
        assertThat(items.getFirst().fields().toString())
                .isEqualTo(
                        "{\"id\":\"7\",\"prompt\":\"two\\nlines, and"
                                + " \\\"quotes\\\"\",\"max_tokens\":5,\"stop_sequence\":[\"a\"]}");
        assertThat(items.get(1).fields().toString())
                .isEqualTo(
                        "{\"id\":\"b\",\"prompt\":\"42\",\"max_tokens\":\"x\",\"log_probs\":true}");
        assertThat(items.get(1).line()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "a,b\\n1,2\\n3! line 3: cells: 1 (expected: 2)",
                "a,a\\n1,2! line 1: columns: one is empty or twice",
                "a\\n\"1! line 2: cells: a quote is not closed",
                "a\\n\"1\"2! line 2: cells: text after a closing quote",
            })
    void aBadRowIsToldByItsLine(String text, String message) {
        assertThatThrownBy(() -> read(csv(text.replace("\\n", "\n"))))
                .isInstanceOf(WebException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void anIdIsKnownAgainAmongManyAndNoOtherIsTakenForIt() {
        var ids = new ItemIds();
        var random = new Random(11);
        var some = new ArrayList<String>();
        for (int i = 0; i < 100_000; i++) {
            String id = Long.toHexString(random.nextLong());
            assertThat(ids.add(id)).isTrue();
            if (i % 1000 == 0) {
                some.add(id);
            }
        }
        assertThat(some).noneMatch(ids::add);
        assertThat(ids.count()).isEqualTo(100_000);
    }

    private static NdjsonItems ndjson(String text) {
        return new NdjsonItems(in(text), LIMITS);
    }

    private static CsvItems csv(String text) {
        return new CsvItems(in(text), LIMITS);
    }

    private static List<ItemSource.ReadItem> read(ItemSource source) throws IOException {
        var items = new ArrayList<ItemSource.ReadItem>();
        for (var item = source.next(); item.isPresent(); item = source.next()) {
            items.add(item.get());
        }
        return items;
    }

    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static InputStream inPieces(String text) {
        var random = new Random(3);
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 1 + random.nextInt(90)));
            }
        };
    }
}
