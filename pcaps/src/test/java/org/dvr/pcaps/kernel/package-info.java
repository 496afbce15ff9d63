/**
 * Holds the forwarder against Linux: what both send for the same frames, decoded by tshark, compared field by field. Test code only, on the
 * thread of the test; it runs programs, knows nothing of stages, and no decoder of ours has a say in it.
 */
package org.dvr.pcaps.kernel;
