/**
 * Tables. Snapshot tables ({@code FdbTable}, {@code FibTable}, {@code NeighborTable}) are filled once while a topology is compiled and
 * only read after that, by any thread; flow tables ({@code LearnedFdbTable}, {@code NeighborCache}, {@code RateLimiter}) belong
 * to one worker, have a fixed capacity and allocate nothing after launch. It knows nothing of stages or of ports.
 */
package org.dvr.dataplane.table;
