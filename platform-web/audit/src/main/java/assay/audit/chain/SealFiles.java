package assay.audit.chain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Day seals as files, one a seal, in a folder that should lie on another machine or on a medium
 * that is written once. A file is made whole or not at all, and never written again.
 */
public final class SealFiles implements SealCopies {
    private static final String SUFFIX = ".json";

    private final Path folder;

    /** Makes the folder when it is not there. */
    public SealFiles(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of audit seals: " + folder, e);
        }
    }

    @Override
    public String name() {
        return "seals in " + folder;
    }

    @Override
    public void keep(DaySeal.Kept seal) {
        Path file = folder.resolve(seal.seal().name() + SUFFIX);
        byte[] bytes = seal.json().getBytes(StandardCharsets.UTF_8);
        try {
            if (Files.exists(file)) {
                checkSame(file, bytes);
                return;
            }
            Path part = Files.createTempFile(folder, seal.seal().name(), ".part");
            try {
                try (var out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                    out.write(ByteBuffer.wrap(bytes));
                    out.force(true);
                }
                Files.createLink(file, part); // fails where there is one, unlike a move
            } catch (FileAlreadyExistsException e) {
                checkSame(file, bytes);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the seal " + file, e);
        }
    }

    private static void checkSame(Path file, byte[] bytes) throws IOException {
        if (!java.util.Arrays.equals(Files.readAllBytes(file), bytes)) {
            throw new IllegalStateException(file + ": another seal than the database's");
        }
    }

    @Override
    public List<DaySeal.Kept> read() {
        List<DaySeal.Kept> seals = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.toString().endsWith(SUFFIX)) {
                    seals.add(DaySeal.Kept.parse(Files.readString(file)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of audit seals: " + folder, e);
        }
        seals.sort(Comparator.comparing(kept -> kept.seal().signedAt()));
        return seals;
    }
}
