package assay.elasticsearch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What the server is made of. Immutable.
 *
 * @param list every jar, once for each folder that it goes to
 */
public record Artefacts(List<Artefact> list) {
    /** Said once, before the first jar is fetched. */
    public static final String LICENCE_NOTICE =
            "Elasticsearch 9.5.3 is fetched from Maven and used under the Elastic License 2.0"
                    + " (elastic.co/licensing/elastic-license); it is no part of Assay";

    public Artefacts {
        list = List.copyOf(list);
        if (list.isEmpty()) {
            throw new IllegalArgumentException("artefacts: none (expected: at least one)");
        }
    }

    /** The server that comes with this release. */
    public static Artefacts ofThisRelease() {
        return read("artefacts.txt");
    }

    /** A list beside this class, {@code #} beginning a comment. */
    static Artefacts read(String resource) {
        try (InputStream in = Artefacts.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The list that this text spells, one artefact a line. */
    public static Artefacts parse(String text) {
        return new Artefacts(
                text.lines()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .map(Artefact::parse)
                        .toList());
    }

    /** Changes with any artefact, so that a home laid out from another list is known. */
    String fingerprint() {
        var text = new StringBuilder();
        for (Artefact artefact : list) {
            text.append(artefact.sha256()).append(artefact.folder()).append('\n');
        }
        return sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
