/**
 * What views are made of: glyphs, code, bars, times, charts. Parts know how to look and nothing of
 * the product; their texts are handed in. Runs in Vaadin's session lock but for {@link
 * assay.web.console.part.Latest}.
 */
@NullMarked
package assay.web.console.part;

import org.jspecify.annotations.NullMarked;
