package assay.web.models;

import assay.scheduler.v1.ApplyRequest;
import assay.scheduler.v1.DeploymentsGrpc;
import assay.scheduler.v1.WeightType;
import assay.web.WebSettings;
import assay.web.peer.PeerChannels;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Registers and deploys the model of the manifest. All of it may be done again: what is there
 * stays. The database is written before the server listens; the scheduler is asked on a thread of
 * its own, again and again until it has answered.
 */
@Component
class ModelBootstrap implements SmartInitializingSingleton, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(ModelBootstrap.class);
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final PeerChannels channels;
    private final WebSettings settings;
    private volatile boolean ended;
    private @Nullable ModelManifest manifest;

    ModelBootstrap(
            JdbcClient jdbc,
            PlatformTransactionManager manager,
            PeerChannels channels,
            WebSettings settings) {
        this.jdbc = jdbc;
        this.transactions = new TransactionTemplate(manager);
        this.channels = channels;
        this.settings = settings;
    }

    @Override
    public void afterSingletonsInstantiated() {
        Path file = settings.bootstrap().modelManifest();
        if (file != null) {
            ModelManifest read = read(file);
            transactions.executeWithoutResult(_ -> register(read));
            manifest = read;
        }
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        ModelManifest registered = manifest;
        if (registered != null) {
            Thread.ofVirtual().name("deploy-" + registered.model()).start(() -> deploy(registered));
        }
    }

    private static ModelManifest read(Path file) {
        try {
            return JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build()
                    .readValue(Files.readString(file), ModelManifest.class);
        } catch (IOException e) {
            throw new UncheckedIOException("assay.web.bootstrap.model-manifest: " + file, e);
        }
    }

    private void register(ModelManifest manifest) {
        jdbc.sql("insert into models (id, name) values (?, ?) on conflict (name) do nothing")
                .params(UUID.randomUUID(), manifest.model())
                .update();
        if (manifest.isDefault()) {
            // There may be one default only; the manifest of this start names it.
            jdbc.sql(
                            """
                            update model_versions set is_default = false where is_default
                                and not (version = ?
                                    and model_id = (select id from models where name = ?))
                            """)
                    .params(manifest.version(), manifest.model())
                    .update();
        }
        UUID versionId =
                jdbc.sql(
                                """
                                insert into model_versions (id, model_id, version, architecture,
                                    context_length, vocabulary_size, hidden_size, layout,
                                    is_default)
                                select :id, m.id, :version, :architecture,
                                    :context, :vocabulary, :hidden, :layout::jsonb, :default
                                from models m where m.name = :model
                                on conflict (model_id, version)
                                    do update set is_default = excluded.is_default,
                                        layout = excluded.layout
                                returning id
                                """)
                        .param("id", UUID.randomUUID())
                        .param("version", manifest.version())
                        .param("architecture", manifest.architecture())
                        .param("context", manifest.contextLength())
                        .param("vocabulary", manifest.vocabularySize())
                        .param("hidden", manifest.hiddenSize())
                        .param("layout", manifest.layout().toString())
                        .param("default", manifest.isDefault())
                        .param("model", manifest.model())
                        .query(UUID.class)
                        .single();
        for (ModelManifest.File part : manifest.files()) {
            jdbc.sql(
                            """
                            insert into model_files (version_id, name, sha256, bytes)
                            values (?, ?, ?, ?) on conflict (version_id, name) do nothing
                            """)
                    .params(versionId, part.name(), part.sha256(), part.bytes())
                    .update();
        }
        LOG.info("model {} {} is registered", manifest.model(), manifest.version());
    }

    private void deploy(ModelManifest manifest) {
        ApplyRequest request =
                ApplyRequest.newBuilder()
                        .setName(manifest.deployment().name())
                        .setModel(manifest.model())
                        .setVersion(manifest.version())
                        .setReplicas(manifest.deployment().replicas())
                        .setStages(manifest.deployment().stages())
                        .setWeightType(weightType(manifest.deployment().weights()))
                        .build();
        Duration pause = FIRST_PAUSE;
        while (!ended) {
            try {
                var _ =
                        DeploymentsGrpc.newBlockingStub(channels.scheduler())
                                .withWaitForReady()
                                .withDeadlineAfter(CALL)
                                .apply(request);
                LOG.info("deployment {} is applied", request.getName());
                return;
            } catch (StatusRuntimeException e) {
                LOG.warn("deployment {} is not applied yet: {}", request.getName(), e.getStatus());
                if (!sleep(pause)) {
                    return;
                }
                pause = pause.multipliedBy(2);
                if (pause.compareTo(LONGEST_PAUSE) > 0) {
                    pause = LONGEST_PAUSE;
                }
            }
        }
    }

    private static WeightType weightType(ModelManifest.@Nullable Weights weights) {
        return switch (weights) {
            case null -> WeightType.WEIGHT_TYPE_STORED;
            case STORED -> WeightType.WEIGHT_TYPE_STORED;
            case INT8 -> WeightType.WEIGHT_TYPE_INT8;
            case INT4 -> WeightType.WEIGHT_TYPE_INT4;
        };
    }

    private static boolean sleep(Duration pause) {
        try {
            Thread.sleep(pause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void destroy() {
        ended = true;
    }
}
