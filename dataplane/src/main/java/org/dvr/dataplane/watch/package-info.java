/**
 * Looking at single frames while a worker goes on: live traces and captures. A {@link org.dvr.dataplane.watch.FrameWatch} belongs to its worker;
 * what it finds goes to the supervisor by bounded queues and rings that the worker never waits for. It knows no stage and no table.
 */
package org.dvr.dataplane.watch;
