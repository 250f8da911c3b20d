package assay.agent.identity;

import java.util.Optional;

/** What a process of the cluster is, as its certificate says. */
public enum PeerKind {
    SCHEDULER("scheduler"),
    NODE("node"),
    GATEWAY("gateway");

    private final String word;

    PeerKind(String word) {
        this.word = word;
    }

    /** The word in {@code urn:assay:<word>:<uuid>}. */
    public String word() {
        return word;
    }

    /** The kind of that word, empty for any other word. */
    static Optional<PeerKind> of(String word) {
        for (PeerKind kind : values()) {
            if (kind.word.equals(word)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
