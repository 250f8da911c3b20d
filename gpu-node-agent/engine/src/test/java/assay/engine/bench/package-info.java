/**
 * The engine beside others on the same machine and model: {@link
 * assay.engine.bench.PeerComparison}. The peers themselves are in {@code src/bench/peers}, outside
 * the build: they are fetched when the benchmark runs and never on a class path of ours.
 */
@org.jspecify.annotations.NullMarked
package assay.engine.bench;
