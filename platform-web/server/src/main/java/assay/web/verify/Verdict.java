package assay.web.verify;

/** What a verification came to. Only {@link #UNDECIDED} may be reached without a checker's word. */
public enum Verdict {
    PROVED,
    REFUTED,
    UNDECIDED;

    /** As the API says it. */
    public String id() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
