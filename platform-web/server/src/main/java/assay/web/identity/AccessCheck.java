package assay.web.identity;

import java.util.List;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Keeps the program from starting with an endpoint that nobody decided who may call. */
@Component
class AccessCheck implements SmartInitializingSingleton {
    /** Paths that no key opens: their own filters and services decide. */
    private static final List<String> PAGES = List.of("/error", "/report/", "/scim/");

    private final RequestMappingHandlerMapping mappings;

    AccessCheck(@Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mappings) {
        this.mappings = mappings;
    }

    @Override
    public void afterSingletonsInstantiated() {
        mappings.getHandlerMethods()
                .keySet()
                .forEach(mapping -> {
                    for (String path : mapping.getPatternValues()) {
                        if (PAGES.stream().noneMatch(path::startsWith)) {
                            mapping.getMethodsCondition()
                                    .getMethods()
                                    .forEach(method -> check(method.name(), path));
                        }
                    }
                });
    }

    private static void check(String method, String path) {
        boolean known =
                Access.endpoints().stream()
                        .anyMatch(each ->
                                each.method().equals(method)
                                        && shape(each.path().getPatternString())
                                                .equals(shape(path)));
        if (!known) {
            throw new IllegalStateException(
                    method + " " + path + ": no rule says who may call it (expected: in Access)");
        }
    }

    /** What parameters are called makes no difference. */
    private static String shape(String pattern) {
        return pattern.replaceAll("\\{[^/}]*}", "{}");
    }
}
