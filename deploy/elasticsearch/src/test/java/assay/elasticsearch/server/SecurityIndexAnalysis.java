package assay.elasticsearch.server;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * The three pieces of analysis that the index of users and API keys names. Elastic's module with
 * them is not on Maven Central; Lucene's classes under the same names do here, where nobody
 * searches for an e-mail address.
 */
public final class SecurityIndexAnalysis extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of(
                "uax_url_email", (_, _, name, _) -> new Tokens(name, UAX29URLEmailTokenizer::new));
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
                "pattern_capture",
                AnalysisPlugin.requiresAnalysisSettings((_, _, name, settings) -> {
                    List<String> patterns = settings.getAsList("patterns");
                    Pattern[] compiled =
                            patterns.stream().map(Pattern::compile).toArray(Pattern[]::new);
                    boolean whole = settings.getAsBoolean("preserve_original", true);
                    return new Filter(
                            name, in -> new PatternCaptureGroupTokenFilter(in, whole, compiled));
                }),
                "unique",
                (_, _, name, _) -> new Filter(name, RemoveDuplicatesTokenFilter::new));
    }

    private record Tokens(String name, Supplier<Tokenizer> make) implements TokenizerFactory {
        @Override
        public Tokenizer create() {
            return make.get();
        }
    }

    private record Filter(String name, Function<TokenStream, TokenStream> make)
            implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return make.apply(in);
        }
    }
}
