/**
 * The schema and who may touch it.
 *
 * <p>Migrations stand in {@code db/migration} and are only ever added. {@link
 * assay.db.DatabaseRoles} makes the roles, {@link assay.db.Migrations} brings a database up to date
 * as its owner; servers log in as lesser roles and never migrate. Everything here runs on the
 * caller's thread.
 */
@NullMarked
package assay.db;

import org.jspecify.annotations.NullMarked;
