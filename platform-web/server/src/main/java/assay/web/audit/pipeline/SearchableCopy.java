package assay.web.audit.pipeline;

import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticSettings.Layout;
import assay.audit.elastic.ElasticStore;
import assay.web.WebSettings;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Elasticsearch, where the settings name one. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("assay.web.audit.elasticsearch.url")
class SearchableCopy {
    @Bean
    ElasticStore elasticStore(WebSettings settings) {
        WebSettings.Elasticsearch told = settings.audit().elasticsearch();
        return new ElasticStore(
                new ElasticSettings(
                        Objects.requireNonNull(told.url(), "the condition of this class"),
                        told.allowPlainHttp(),
                        keys(told),
                        Optional.ofNullable(told.caFile()),
                        told.dataStream() ? Layout.DATA_STREAM : Layout.DAY_INDICES,
                        ElasticSettings.DEFAULT_PREFIX,
                        told.replicas(),
                        settings.audit().retentionDays(),
                        ElasticSettings.DEFAULT_PATIENCE));
    }

    private static Map<Authority, Path> keys(WebSettings.Elasticsearch told) {
        Map<Authority, Path> keys = new EnumMap<>(Authority.class);
        put(keys, Authority.WRITER, told.writerKeyFile());
        put(keys, Authority.READER, told.readerKeyFile());
        put(keys, Authority.DELETER, told.deleterKeyFile());
        put(keys, Authority.ADMIN, told.adminKeyFile());
        return keys;
    }

    private static void put(Map<Authority, Path> keys, Authority authority, @Nullable Path file) {
        if (file != null) {
            keys.put(authority, file);
        }
    }
}
