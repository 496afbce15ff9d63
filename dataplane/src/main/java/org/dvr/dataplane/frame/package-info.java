/**
 * A frame and what is known and decided about it: {@link org.dvr.dataplane.frame.Facts}, {@link org.dvr.dataplane.frame.Verdict},
 * {@link org.dvr.dataplane.frame.DropReason}. The floor of the dataplane: frames have one owner at a time, the worker that received
 * them. It knows the topology's things by reference, but no stage and no port.
 */
package org.dvr.dataplane.frame;
