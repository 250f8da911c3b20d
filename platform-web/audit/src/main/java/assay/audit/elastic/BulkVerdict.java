package assay.audit.elastic;

/** What Elasticsearch said about one document. */
sealed interface BulkVerdict {
    /** It is in now, on disk. */
    record Stored() implements BulkVerdict {}

    /** It was in already. */
    record Known() implements BulkVerdict {}

    /** Not now: too busy, not allowed, or no index for it. Sent again later. */
    record Later(String reason) implements BulkVerdict {}

    /** Its day is sealed; sent again once it is open. */
    record DaySealed() implements BulkVerdict {}

    /** Never, as it is: it does not fit the mapping. */
    record Refused(String reason) implements BulkVerdict {}

    /** By the status of the item and the type of its error. */
    static BulkVerdict of(int status, String type, String reason) {
        if (status >= 200 && status < 300) {
            return new Stored();
        }
        return switch (status) {
            case 409 -> new Known();
            case 401, 404, 408, 429 -> new Later(type + ": " + reason);
            case 403 ->
                    type.equals("cluster_block_exception")
                            ? new DaySealed()
                            : new Later(type + ": " + reason);
            default ->
                    status >= 400 && status < 500
                            ? new Refused(type + ": " + reason)
                            : new Later(status + " " + type + ": " + reason);
        };
    }
}
