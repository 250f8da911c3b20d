/**
 * The copy of the audit records in Elasticsearch: PostgreSQL holds the record, Elasticsearch what
 * people search.
 *
 * <p>Start reading at {@link assay.audit.elastic.AuditShipper}: it takes what the sealer queued,
 * creates it under the record's own id, so that sending twice can not store twice, and judges every
 * answer by itself. {@link assay.audit.elastic.AuditTemplate} is the strict mapping, {@link
 * assay.audit.elastic.ElasticDayCopy} what happens to finished days, {@link
 * assay.audit.elastic.Reconciliation} compares both stores and sends again what is missing, {@link
 * assay.audit.elastic.StreamRetention} looks whether a data stream deletes too early. Each loop has
 * one thread of its own, which whoever wires it starts.
 */
@NullMarked
package assay.audit.elastic;

import org.jspecify.annotations.NullMarked;
