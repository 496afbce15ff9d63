/**
 * Captures as ports: frames wait in {@link org.dvr.pcaps.port.FrameBlock}s, a {@link org.dvr.pcaps.port.ReplayPort} hands them to a worker
 * as a device would, and what the worker sends goes to a {@link org.dvr.pcaps.port.FrameSink}.
 * <p>Everything here belongs to the one thread that drives the worker. It knows frames as bytes with a time; not topologies, not what
 * the bytes mean.
 */
package org.dvr.pcaps.port;
