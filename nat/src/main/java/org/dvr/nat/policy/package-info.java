/**
 * What a translation may choose from: immutable values, free to share between threads. It does not know connections.
 */
package org.dvr.nat.policy;
