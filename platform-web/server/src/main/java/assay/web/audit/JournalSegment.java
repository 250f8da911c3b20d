package assay.web.audit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of the journal: a header (mark, number), then frames (length, checksum, record), then
 * zeros or what an earlier use of the file left there. The number is in every checksum, so that
 * what is left of an earlier use is never taken for a record of this one.
 *
 * <p>Written by one thread at a time, read by one other up to {@link #written}. Through a {@link
 * RandomAccessFile}, for a caller's thread may be interrupted and must not close the file for all.
 */
final class JournalSegment implements AutoCloseable {
    static final int HEADER = 16;
    static final int FRAME = 8;

    private static final long MARK = 0x4153_5341_594a_3031L; // "ASSAYJ01"
    private static final String SUFFIX = ".journal";
    private static final int ZEROS = 1 << 16;

    final long number;
    private final Path path;
    private final RandomAccessFile file;
    private final int bytes;
    private volatile int written;
    private int read = HEADER; // the reader's

    private JournalSegment(long number, Path path, RandomAccessFile file, int bytes, int written) {
        this.number = number;
        this.path = path;
        this.file = file;
        this.bytes = bytes;
        this.written = written;
    }

    private static Path path(Path folder, long number) {
        return folder.resolve("%016x%s".formatted(number, SUFFIX));
    }

    /**
     * Makes one whose room on the disk is taken for good.
     *
     * @param used one that has served, to be used again; null for a new file
     * @throws IOException as when the disk is full; nothing of it stays then
     */
    static JournalSegment make(Path folder, long number, int bytes, @Nullable Path used)
            throws IOException {
        Path path = path(folder, number);
        if (used != null) {
            Files.move(used, path, StandardCopyOption.ATOMIC_MOVE);
        } else {
            fill(path, bytes);
        }
        var file = new RandomAccessFile(path.toFile(), "rw");
        try {
            file.write(ByteBuffer.allocate(HEADER).putLong(MARK).putLong(number).array());
            file.getChannel().force(true);
            forceNames(folder);
            return new JournalSegment(number, path, file, bytes, HEADER);
        } catch (IOException e) {
            file.close();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** A file whose name is lost is lost. */
    private static void forceNames(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    private static void fill(Path path, int bytes) throws IOException {
        var owner =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try {
            Files.deleteIfExists(path);
            Files.createFile(path, owner);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                for (int left = bytes; left > 0; ) {
                    left -= file.write(ByteBuffer.allocate(Math.min(left, ZEROS)));
                }
                file.force(true); // some file systems find no room only now
            }
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** What an earlier process left in the folder, the oldest first; pieces are taken away. */
    static List<JournalSegment> left(Path folder) throws IOException {
        var found = new ArrayList<JournalSegment>();
        List<Path> files;
        try (var list = Files.list(folder)) {
            files = list.filter(each -> each.toString().endsWith(SUFFIX)).sorted().toList();
        }
        for (Path each : files) {
            JournalSegment segment = open(each);
            if (segment == null || segment.written == HEADER) {
                if (segment != null) {
                    segment.close();
                }
                Files.delete(each);
            } else {
                found.add(segment);
            }
        }
        return found;
    }

    private static @Nullable JournalSegment open(Path path) throws IOException {
        String name = String.valueOf(path.getFileName());
        long number =
                Long.parseUnsignedLong(name.substring(0, name.length() - SUFFIX.length()), 16);
        var file = new RandomAccessFile(path.toFile(), "rw");
        int size = Math.toIntExact(file.length());
        if (size <= HEADER || file.readLong() != MARK || file.readLong() != number) {
            file.close();
            return null;
        }
        var segment = new JournalSegment(number, path, file, size, HEADER);
        segment.written = segment.end();
        file.seek(segment.written); // where one would go on that has room
        return segment;
    }

    /** Where the last whole frame ends: behind it stands what a killed writer did not finish. */
    private int end() throws IOException {
        int at = HEADER;
        var head = ByteBuffer.allocate(FRAME);
        while (at + FRAME <= bytes) {
            file.seek(at);
            file.readFully(head.array());
            int length = head.getInt(0);
            if (length <= 0 || length > bytes - at - FRAME) {
                return at;
            }
            byte[] record = new byte[length];
            file.readFully(record);
            if (head.getInt(4) != sum(checksum(record, 0, length))) {
                return at;
            }
            at += FRAME + length;
        }
        return at;
    }

    /** Over the record alone; a segment adds its number. */
    static int checksum(byte[] record, int from, int length) {
        var sum = new CRC32C();
        sum.update(record, from, length);
        return (int) sum.getValue();
    }

    int sum(int ofRecord) {
        long mixed = number * 0x9E37_79B9_7F4A_7C15L;
        return ofRecord ^ (int) (mixed >>> 32);
    }

    int size() {
        return bytes;
    }

    int room() {
        return bytes - written;
    }

    /** Adds whole frames; after an exception nothing may be added any more. */
    void write(byte[] frames, int length) throws IOException {
        file.write(frames, 0, length);
        int end = written + length; // one writer at a time
        written = end;
    }

    void force() throws IOException {
        file.getChannel().force(false);
    }

    boolean unread() {
        return read < written;
    }

    /** The next record, or null when all that is written was read. */
    @Nullable ByteBuffer next() throws IOException {
        if (!unread()) {
            return null;
        }
        var head = ByteBuffer.allocate(FRAME);
        readFully(head, read);
        var record = ByteBuffer.allocate(head.getInt(0));
        readFully(record, read + FRAME);
        read += FRAME + record.capacity();
        return record.flip();
    }

    int readTo() {
        return read;
    }

    /** Reads again from there. */
    void back(int to) {
        read = to;
    }

    private void readFully(ByteBuffer to, int from) throws IOException {
        while (to.hasRemaining()) {
            if (file.getChannel().read(to, from + to.position()) < 0) {
                throw new IOException(path + ": ends at " + (from + to.position()));
            }
        }
    }

    /** Closes it and gives its file back, for another use. */
    Path give() throws IOException {
        file.close();
        return path;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
