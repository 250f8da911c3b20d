package assay.web.serving;

import java.util.Map;
import java.util.Optional;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** For load balancers: open to everybody, and says no more than it must. */
@RestController
class HealthController {
    private final Readiness readiness;

    HealthController(Readiness readiness) {
        this.readiness = readiness;
    }

    @GetMapping("/v2/health/live")
    ResponseEntity<Map<String, Object>> live() {
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(Map.of("live", true));
    }

    @GetMapping("/v2/health/ready")
    ResponseEntity<Map<String, Object>> ready() {
        Optional<String> why = readiness.why();
        return why.isEmpty()
                ? ResponseEntity.ok()
                        .cacheControl(CacheControl.noStore())
                        .body(Map.of("ready", true))
                : ResponseEntity.status(503)
                        .cacheControl(CacheControl.noStore())
                        .body(Map.of("ready", false, "reason", why.get()));
    }
}
