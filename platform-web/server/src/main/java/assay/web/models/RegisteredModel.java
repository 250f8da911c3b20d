package assay.web.models;

/** A version that may be asked for. Immutable. */
public record RegisteredModel(
        String name,
        String version,
        int contextLength,
        boolean isDefault,
        long createdUnixSeconds) {}
