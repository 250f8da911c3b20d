package assay.web.models;

import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The models as OpenAI's clients list them. */
@RestController
class ModelsController {
    private final ModelCatalog catalog;
    private final CurrentCaller callers;

    ModelsController(ModelCatalog catalog, CurrentCaller callers) {
        this.catalog = catalog;
        this.callers = callers;
    }

    @GetMapping("/v1/models")
    Map<String, Object> list() {
        var caller = callers.required();
        caller.require(Permission.MODEL_READ);
        List<Map<String, Object>> models =
                catalog.all().stream()
                        .map(RegisteredModel::name)
                        .distinct()
                        .filter(caller::mayAsk)
                        .flatMap(name -> catalog.find(name).stream())
                        .map(ModelsController::entry)
                        .toList();
        return Map.of("object", "list", "data", models);
    }

    private static Map<String, Object> entry(RegisteredModel model) {
        return Map.of(
                "id",
                model.name(),
                "object",
                "model",
                "created",
                model.createdUnixSeconds(),
                "owned_by",
                "assay");
    }
}
