package assay.web.serving;

/** A model's name and the version that answers. */
public record ServedModel(String name, String version, int contextLength) {}
