package assay.engine.cache;

/**
 * What a full block holds: the tokens of its own positions and of all before them, for one salt.
 * Equal names mean equal KV; 128 bits of a SHA-256 chain, so two different prefixes do not meet.
 */
public record BlockName(long high, long low) {}
