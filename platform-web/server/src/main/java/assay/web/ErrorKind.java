package assay.web;

/** What decides status and retry, at every edge. */
public enum ErrorKind {
    /** The caller's input: another try of the same will fail as well. */
    USER,
    /** Nobody is known by these credentials. */
    UNAUTHENTICATED,
    /** Known, and not allowed. */
    FORBIDDEN,
    /** Not there, or not for this caller. */
    NOT_FOUND,
    /** There, but as it stands not to be treated so. */
    CONFLICT,
    /** A limit of the caller's: it resets. */
    LIMIT,
    /** Too little of something just now: a later try may do. */
    CAPACITY,
    /** Ours. */
    INTERNAL
}
