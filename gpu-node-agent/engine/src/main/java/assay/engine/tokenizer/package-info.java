/**
 * Text to ids and back, as the model's {@code tokenizer.json} says: {@link
 * assay.engine.tokenizer.Tokenizer}; and a chat to its prompt, as the model's template says: {@link
 * assay.engine.tokenizer.ChatTemplate}. The work of the first is done by the tokenizers library,
 * whose native part comes with the application and is never downloaded. Tokenizers and templates
 * are thread-safe, a detokenizer belongs to one stream.
 */
@NullMarked
package assay.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
