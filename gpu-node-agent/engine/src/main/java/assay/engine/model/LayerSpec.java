package assay.engine.model;

/** One layer: attention, then feed-forward. Immutable. */
public record LayerSpec(AttentionSpec attention, FeedForwardSpec feedForward) {}
