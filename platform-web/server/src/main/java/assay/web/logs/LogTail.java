package assay.web.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one file through its renamings: what was renamed is held open and read to its end. Two
 * files are held at most; when a third begins, what is left of the first is lost, so that a reader
 * which does not come after holds neither memory nor disk. Confined to the shipper's thread.
 */
final class LogTail implements AutoCloseable {
    /** Longer lines are left out. */
    static final int MOST_LINE_BYTES = 256 * 1024;

    private static final int HELD = 2;

    private final Path path;
    private final String name;
    private final ObjLongConsumer<Loss> losses;
    private final Deque<Held> held = new ArrayDeque<>();

    /** Why lines are not sent. */
    enum Loss {
        ROLLED,
        TOO_LONG,
        REFUSED,
        OLD
    }

    /** Where reading goes on after a restart. */
    record Place(String key, long position) {}

    private static final class Held {
        final FileChannel channel;
        final String key;
        long position;
        boolean inTooLong;

        Held(FileChannel channel, String key, long position) {
            this.channel = channel;
            this.key = key;
            this.position = position;
        }
    }

    LogTail(Path path, ObjLongConsumer<Loss> losses) {
        this.path = path;
        this.name = String.valueOf(path.getFileName());
        this.losses = losses;
    }

    /** Goes on where it was, as far as that file is still there under whatever name. */
    void resume(Place place) throws IOException {
        if (place.key().equals(key(path))) {
            goOn(path, place);
            return;
        }
        Path folder = path.getParent();
        if (folder == null) {
            return;
        }
        try (var files = Files.newDirectoryStream(folder, name + ".*")) {
            for (Path each : files) {
                if (place.key().equals(key(each))) {
                    goOn(each, place);
                    return;
                }
            }
        }
    }

    private void goOn(Path file, Place place) throws IOException {
        FileChannel channel = FileChannel.open(file);
        held.add(new Held(channel, place.key(), Math.min(place.position(), channel.size())));
    }

    private static @Nullable String key(Path file) throws IOException {
        try {
            return String.valueOf(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Notices that the file was renamed and a new one begun. */
    void look() throws IOException {
        String key = key(path);
        Held newest = held.peekLast();
        if (key == null || (newest != null && newest.key.equals(key))) {
            return;
        }
        try {
            held.add(new Held(FileChannel.open(path), key, 0));
        } catch (NoSuchFileException e) {
            return; // renamed just now: the next look finds it
        }
        while (held.size() > HELD) {
            try (FileChannel oldest = held.removeFirst().channel) {
                losses.accept(Loss.ROLLED, linesLeft(oldest));
            }
        }
    }

    private static long linesLeft(FileChannel channel) throws IOException {
        long lines = 0;
        var buffer = ByteBuffer.allocate(64 * 1024);
        while (channel.read(buffer) > 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                if (buffer.get() == '\n') {
                    lines++;
                }
            }
            buffer.clear();
        }
        return lines;
    }

    /**
     * Reads whole lines.
     *
     * @param most how many
     * @return the bytes of those that were added to {@code into}
     */
    long read(List<RawLine> into, int most) throws IOException {
        Held first = held.peekFirst();
        if (first == null) {
            return 0;
        }
        if (first.channel.size() < first.position) {
            first.position = 0; // somebody cut it
        }
        var buffer = ByteBuffer.allocate(MOST_LINE_BYTES);
        int count = Math.max(0, first.channel.read(buffer, first.position));
        long bytes = take(first, buffer.array(), count, into, most);
        // Files count as finished only when a newer one is there and nothing whole is left.
        if (bytes == 0 && held.size() > 1 && !whole(buffer.array(), count)) {
            held.removeFirst().channel.close();
        } else {
            first.channel.position(first.position);
        }
        return bytes;
    }

    private static boolean whole(byte[] bytes, int count) {
        return count == MOST_LINE_BYTES || newline(bytes, 0, count) >= 0;
    }

    private long take(Held from, byte[] bytes, int count, List<RawLine> into, int most) {
        long taken = 0;
        int begin = 0;
        int added = 0;
        int end = newline(bytes, begin, count);
        while (end >= 0 && added < most) {
            if (from.inTooLong) {
                from.inTooLong = false;
            } else if (end > begin) {
                into.add(
                        new RawLine(
                                name,
                                from.position + begin,
                                new String(bytes, begin, end - begin, StandardCharsets.UTF_8)));
                added++;
            }
            taken += end + 1L - begin;
            begin = end + 1;
            end = newline(bytes, begin, count);
        }
        if (begin == 0 && count == MOST_LINE_BYTES) {
            if (!from.inTooLong) {
                losses.accept(Loss.TOO_LONG, 1);
                from.inTooLong = true;
            }
            begin = count;
            taken = count;
        }
        from.position += begin;
        return taken;
    }

    private static int newline(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** Where it reads now; null before there was a file. */
    @Nullable Place place() {
        Held first = held.peekFirst();
        return first == null ? null : new Place(first.key, first.position);
    }

    @Override
    public void close() throws IOException {
        for (Held each : held) {
            each.channel.close();
        }
        held.clear();
    }
}
