/**
 * The real Elasticsearch, for machines that have no cluster: which artefacts it is made of, where
 * they come from, how they are laid out, and how the process is started.
 *
 * <p>Nothing of Elasticsearch is part of this project. {@link assay.elasticsearch.Artefacts} is the
 * list of what is fetched at the first start, each with its checksum; {@link
 * assay.elasticsearch.ServerHome} lays it out; {@link assay.elasticsearch.ServerCommand} is the
 * command line of the process, whose main class stands in {@code server}, the only room that sees
 * Elasticsearch's classes. Everything here is used by one thread at a time.
 */
@NullMarked
package assay.elasticsearch;

import org.jspecify.annotations.NullMarked;
