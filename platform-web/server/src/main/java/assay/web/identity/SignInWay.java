package assay.web.identity;

import org.springframework.security.config.annotation.web.builders.HttpSecurity;

/**
 * A way in for people, as by password or by another service: what it adds to the rules of the
 * console. Called once at start, after the console's own rules.
 */
public interface SignInWay {
    void add(HttpSecurity http);
}
