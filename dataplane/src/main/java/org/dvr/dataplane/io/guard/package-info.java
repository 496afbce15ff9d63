/**
 * Keeps the kernel's own stack away from frames that are ours, without hiding them from our packet sockets.
 *
 * <p>Thread: opened and closed by the supervisor; frames never come here. Knows nothing of ports or the pipeline.
 */
package org.dvr.dataplane.io.guard;
