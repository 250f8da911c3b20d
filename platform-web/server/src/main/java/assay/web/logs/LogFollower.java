package assay.web.logs;

import assay.web.logs.LogTail.Loss;
import assay.web.logs.LogTail.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * Follows all machine logs of a folder, those that come later too, and remembers over a restart how
 * far each was sent. Confined to the shipper's thread.
 */
final class LogFollower implements AutoCloseable {
    static final String ENDING = ".ecs.json";

    private final Path folder;
    private final Path memory;
    private final ObjLongConsumer<Loss> losses;
    private final Map<String, LogTail> tails = new TreeMap<>();

    LogFollower(Path folder, ObjLongConsumer<Loss> losses) {
        this.folder = folder;
        this.memory = folder.resolve(".shipped");
        this.losses = losses;
    }

    /** Notices new files, and files that were renamed. */
    void look() throws IOException {
        Map<String, Place> places = tails.isEmpty() ? remembered() : Map.of();
        try (var files = Files.newDirectoryStream(folder, "*" + ENDING)) {
            for (Path each : files) {
                String name = String.valueOf(each.getFileName());
                if (!tails.containsKey(name)) {
                    var tail = new LogTail(each, losses);
                    Place place = places.get(name);
                    if (place != null) {
                        tail.resume(place);
                    }
                    tails.put(name, tail);
                }
            }
        }
        for (LogTail each : tails.values()) {
            each.look();
        }
    }

    /**
     * What comes next, from every file in turn; empty if nothing does.
     *
     * @param lines how many at most
     * @param bytes no more is read once there are so many
     */
    List<RawLine> read(int lines, long bytes) throws IOException {
        List<RawLine> read = new ArrayList<>();
        long total = 0;
        int share = Math.max(1, lines / Math.max(1, tails.size()));
        boolean more = true;
        while (more && read.size() < lines && total < bytes) {
            more = false;
            for (LogTail each : tails.values()) {
                int most = Math.min(share, lines - read.size());
                if (most > 0 && total < bytes) {
                    long came = each.read(read, most);
                    more |= came > 0;
                    total += came;
                }
            }
        }
        return read;
    }

    /** Everything that was read so far need not be read again. */
    void remember() throws IOException {
        List<String> lines = new ArrayList<>();
        tails.forEach((name, tail) -> {
            Place place = tail.place();
            if (place != null) {
                lines.add(name + "\t" + place.position() + "\t" + place.key());
            }
        });
        Path part = memory.resolveSibling(memory.getFileName() + ".part");
        Files.write(part, lines);
        Files.move(
                part, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What can not be read counts as nothing: lines sent twice are stored once. */
    private Map<String, Place> remembered() throws IOException {
        Map<String, Place> places = new TreeMap<>();
        if (Files.exists(memory)) {
            for (String line : Files.readAllLines(memory)) {
                String[] parts = line.split("\t", -1);
                if (parts.length == 3 && parts[1].matches("[0-9]{1,18}")) {
                    places.put(parts[0], new Place(parts[2], Long.parseLong(parts[1])));
                }
            }
        }
        return places;
    }

    @Override
    public void close() throws IOException {
        for (LogTail each : tails.values()) {
            each.close();
        }
        tails.clear();
    }
}
