/**
 * Memory outside of the heap, for tables of flows and connections. Owned by the worker that owns the table; it knows nothing of what is stored.
 */
package org.dvr.nat.memory;
