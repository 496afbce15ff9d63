/**
 * What bytes mean, and what can be wrong with them: the floor of the module.
 *
 * <p>Immutable; any thread may use it. Must not know any package below it, let alone any other module.
 */
package org.dvr.codec;
