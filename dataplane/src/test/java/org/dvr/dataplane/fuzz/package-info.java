/** Any bytes at any attachment point: no exception, every frame ends, nothing is read that was not received. */
package org.dvr.dataplane.fuzz;
