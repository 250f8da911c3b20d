package assay.web.identity.scim;

import java.util.Optional;

/**
 * What an operation of PATCH is about. Immutable.
 *
 * @param attribute without a part
 * @param filter which of its elements
 * @param part of the attribute, or of those elements
 */
record PatchPath(AttributePath attribute, Optional<Filter> filter, Optional<String> part) {}
