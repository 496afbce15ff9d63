/**
 * A forwarder on real devices: {@code dvr run}. The supervisor loads and compiles topologies, opens and closes ports as devices come and go, keeps the
 * state file; a worker thread drives a {@link org.dvr.dataplane.worker.Worker}.
 *
 * <p>Threads: everything here belongs to the supervisor, but for what {@link org.dvr.app.run.WorkerThread} runs and {@link org.dvr.app.run.StateKeeper}
 * writes. They meet in the topology cell, the command queue of the worker thread, and the connection export.
 */
package org.dvr.app.run;
