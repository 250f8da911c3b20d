package assay.web.serving;

/** The one way from a prompt to tokens, for every public face and for verification. Thread-safe. */
public interface Generation {
    /**
     * Routes the request to a replica and begins.
     *
     * @return the running generation, to be closed
     * @throws assay.web.WebException MODEL_UNKNOWN, INVALID_REQUEST, PERMISSION_DENIED, or
     *     NO_REPLICA with a time to retry after
     */
    GenerationStream open(GenerateCommand command);
}
