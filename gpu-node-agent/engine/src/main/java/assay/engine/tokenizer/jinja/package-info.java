/**
 * Chat templates: the part of Jinja 2 that published models use, with Python's meaning of values
 * and the settings of transformers ({@code trim_blocks}, {@code lstrip_blocks}). {@link
 * assay.engine.tokenizer.jinja.Template} is parsed once and rendered from any thread. A template
 * comes from a model's files and is not trusted: it sees texts, numbers, lists and maps only, calls
 * nothing but what is named here, and work, nesting and output are bounded.
 *
 * <p>Own code, since no library that can be had does it: jinjava 2.8.1 rendered 15 of 36 cases of
 * six templates as Jinja does, and gave wrong text without an error for most others.
 */
@NullMarked
package assay.engine.tokenizer.jinja;

import org.jspecify.annotations.NullMarked;
