/**
 * Connection tracking keys: who talks to whom, in which zone, packed into two primitive longs.
 *
 * <p>Pure functions on primitives; nothing here has state, so any thread may call it. It knows nothing of tables,
 * timeouts or translation.
 */
package org.dvr.nat.tuple;
