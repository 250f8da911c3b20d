package assay.web.peer;

import assay.web.WebSettings;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class PeerConfiguration {
    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    /** Blocks the start until this process is known to the cluster: nothing works before. */
    @Bean
    ProcessIdentity processIdentity(WebSettings settings, InstantSource clock) {
        return new Enrolling(settings, clock).identity();
    }
}
