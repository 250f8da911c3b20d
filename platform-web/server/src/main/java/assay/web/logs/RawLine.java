package assay.web.logs;

/**
 * A line as it stands in its file.
 *
 * @param file the name that the file had when it was written: {@code web.ecs.json}
 * @param offset bytes before it
 */
record RawLine(String file, long offset, String text) {}
